// The changelog, from commits whose subject is "scope: what changes".

export interface Commit {
  sha: string;
  /** YYYY-MM-DD */
  date: string;
  subject: string;
  /** Names of version tags on it, such as v1.2.0. */
  tags: string[];
}

/** One commit a line, as `git log --format=%h%x09%cs%x09%D%x09%s` writes it. */
export function parseLog(text: string): Commit[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [sha = "", date = "", refs = "", ...subject] = line.split("\t");
      const tags = [...refs.matchAll(/tag: (v\d+\.\d+\.\d+[^,\s]*)/g)].map(([, tag = ""]) => tag);
      return { sha, date, subject: subject.join("\t"), tags };
    });
}

const convention = /^([a-z0-9-]+(?:, [a-z0-9-]+)*): (.+)$/;

/**
 * Sections of versions, the newest first, with a list for each scope; commits after the last version are "Unreleased".
 * What does not follow the convention is left out: it is older than that.
 *
 * @param commits the newest first
 */
export function changelog(commits: Commit[]): string {
  const sections: { title: string; scopes: Map<string, string[]> }[] = [];
  for (const { sha, date, subject, tags } of commits) {
    const [tag] = tags;
    if (tag !== undefined || sections.length === 0)
      sections.push({ title: tag === undefined ? "Unreleased" : `${tag} (${date})`, scopes: new Map() });
    const [, scope, text] = convention.exec(subject) ?? [];
    const scopes = sections.at(-1)?.scopes;
    if (scope === undefined || !scopes) continue;
    scopes.set(scope, [...(scopes.get(scope) ?? []), `- ${text} (${sha})`]);
  }
  const parts = sections
    .filter(({ scopes }) => scopes.size > 0)
    .map(({ title, scopes }) =>
      [
        `## ${title}`,
        ...[...scopes]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([scope, lines]) => `### ${scope}\n\n${lines.join("\n")}`),
      ].join("\n\n"),
    );
  return `${["# Changelog", "Written by `npm run changelog` from the commits; older ones than the convention `scope: what changes` are in `git log`.", ...parts].join("\n\n")}\n`;
}
