// Commits of a repository: from a checkout, or from GitHub.
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import { git } from "../github/checkout.ts";
import type { GitHub, Schema } from "../github/github.ts";

export interface Commit {
  sha: string;
  time: Date;
  author: string;
  subject: string;
}

/** undefined: not known there. Errors are no answers either. */
export interface CommitSource {
  /** What a deployment of `head` brought after one of `base`, newest first; without a base, the commit itself. */
  between: (base: string | undefined, head: string) => Promise<Commit[] | undefined>;
}

/** Whole hashes only: nothing that git could take for an option or a range. */
export const isCommit = (text: string | undefined): text is string => /^[0-9a-f]{40}$/.test(text ?? "");

/** Commits between two deployments that are looked at; GitHub compares as many without pages. */
const most = 250;

export function commitsOfCheckout(folder: string, run: RunProcess): CommitSource {
  return {
    between: async (base, head) => {
      const range = base === undefined ? ["-1", head] : [`--max-count=${most}`, `${base}..${head}`];
      const text = await git(folder, run, ["log", "--format=%H%x09%cI%x09%an%x09%s", ...range, "--"]);
      return text === undefined
        ? undefined
        : text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => {
              const [sha = "", time = "", author = "", ...subject] = line.split("\t");
              return { sha, time: new Date(time), author, subject: subject.join("\t") };
            });
    },
  };
}

export function commitsOfGitHub(api: GitHub, repository: string): CommitSource {
  const toCommit = ({ sha, commit, author }: Schema["commit"]): Commit => ({
    sha,
    time: new Date(commit.committer?.date ?? Number.NaN),
    author: (author && "login" in author ? author.login : undefined) ?? commit.author?.name ?? "",
    subject: commit.message.split("\n", 1)[0] ?? "",
  });
  return {
    between: async (base, head) => {
      try {
        if (base === undefined)
          return [toCommit(await api.get<Schema["commit"]>(`/repos/${repository}/commits/${head}`))];
        const { commits } = await api.get<Schema["commit-comparison"]>(
          `/repos/${repository}/compare/${base}...${head}`,
        );
        return commits.map(toCommit).toReversed();
      } catch {
        return undefined;
      }
    },
  };
}

/** The first that knows. */
export const firstOf = (sources: CommitSource[]): CommitSource => ({
  between: async (base, head) => {
    for (const source of sources) {
      const found = await source.between(base, head);
      if (found !== undefined) return found;
    }
    return undefined;
  },
});
