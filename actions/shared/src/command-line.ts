// Commands that messages suggest: the same toolkit on the command line.

/** OWNER/REPO, written into bundles from package.json. */
declare const TOOLKIT_REPOSITORY: string | undefined;

const program = typeof TOOLKIT_REPOSITORY === "undefined" ? "rainbow-deploy" : `npx github:${TOOLKIT_REPOSITORY}`;

/** "npx github:OWNER/REPO rollback --cluster c --service s"; options without a value are left out. */
export function commandLine(verb: string, options: Record<string, string | undefined>): string {
  const parts = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, shellWord(value)],
  );
  return [program, verb, ...parts].join(" ");
}

/** A word for a POSIX shell, quoted if it has to be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
