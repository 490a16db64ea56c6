// Whether a build takes anything from .git, which is different in every clone of one commit.

/** "files": a step names .git, so its files count. "commit": a step runs git. "no": it does not count. */
export type GitUse = "no" | "commit" | "files";

/** .git itself, as part of a path; not .gitignore, and not the end of an address such as x/y.git. */
const gitInText = /(?<![\w.-])\.git(?![\w.-])/;
/** What is removed is not read. */
const removal = /\brm\s[^;&|\n]*/g;
/** At the beginning of a command, also of one in quotes or in $(…). Cloning and settings do not read the context. */
const runsGit =
  /(?:^|[;&|(`{"'\n]|\b(?:then|do|else|exec|sudo|time)\s)\s*(?:\w+=\S*\s+)*git\s+(?!clone\b|init\b|lfs\b|--version\b|config\s+--(?:global|system)\b)[a-z-]/;

/** Whether a name of a path means .git; "*" means everything, and not .git in particular. */
export const namesGit = (segment: string): boolean => segment === ".git" || /^\.(?:g|gi|git)?[*?[\\]/.test(segment);

/**
 * @param paths that the build reads from the context; undefined: any
 * @param commands texts of its RUN instructions
 */
export function gitUse(paths: readonly string[] | undefined, commands: readonly string[]): GitUse {
  const isNamed = (paths ?? []).some((path) => path.split("/").some(namesGit));
  if (isNamed || commands.some((command) => gitInText.test(command.replaceAll(removal, "")))) return "files";
  return paths === undefined && commands.some((command) => runsGit.test(command)) ? "commit" : "no";
}
