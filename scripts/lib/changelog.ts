// The changelog, from commits whose subject is "scope: what changes".

/** Runs git in the repository. @returns its standard output */
export type Git = (...args: string[]) => Promise<string>;

export interface Section {
  title: string;
  commits: { sha: string; subject: string }[];
}

/**
 * A section for each version tag of the branch and one for what came later, the newest first. A commit belongs to the first
 * version that contains it, whenever it was written.
 *
 * @param upcoming title of what came after the last version
 */
export async function readSections(git: Git, upcoming: string): Promise<Section[]> {
  const tags = lines(await git("tag", "--merged", "HEAD", "--sort=-version:refname"));
  const versions = tags.filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
  return Promise.all(
    ["HEAD", ...versions].map(async (end, index, ends) => {
      const start = ends[index + 1];
      const log = await git("log", "--abbrev=10", "--format=%h %s", start === undefined ? end : `${start}..${end}`);
      const title = index === 0 ? upcoming : `${end} (${(await git("log", "-1", "--format=%cs", end)).trim()})`;
      return { title, commits: lines(log).map(parseCommit) };
    }),
  );
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

function parseCommit(line: string): { sha: string; subject: string } {
  const [sha = "", ...subject] = line.split(" ");
  return { sha, subject: subject.join(" ") };
}

const convention = /^([a-z0-9-]+(?:, [a-z0-9-]+)*): (.+)$/;

const introduction =
  "Written by `npm run changelog` from the commits. Merges, and commits older than the convention `scope: what changes`, are only in `git log`.";

/** Each section with a list for each scope; a commit with two scopes is in both lists. */
export function changelog(sections: Section[]): string {
  const parts = sections.flatMap(({ title, commits }) => {
    const scopes = Map.groupBy(commits.flatMap(toEntries), ({ scope }) => scope);
    const lists = [...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([scope, entries]) => list(scope, entries));
    return lists.length === 0 ? [] : [`## ${title}`, ...lists];
  });
  return `${["# Changelog", introduction, ...parts].join("\n\n")}\n`;
}

interface Entry {
  scope: string;
  line: string;
}

function toEntries({ sha, subject }: Section["commits"][number]): Entry[] {
  const [, scopes, text] = convention.exec(subject) ?? [];
  return scopes === undefined ? [] : scopes.split(", ").map((scope) => ({ scope, line: `- ${text} (${sha})` }));
}

const list = (scope: string, entries: Entry[]): string =>
  `### ${scope}\n\n${entries.map(({ line }) => line).join("\n")}`;
