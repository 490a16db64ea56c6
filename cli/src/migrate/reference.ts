// What follows `uses:`: owner/repository/path@version.

export interface Reference {
  /** owner/repository/path as it is written. GitHub ignores the case of owner and repository. */
  name: string;
  /** undefined: there is no `@`, which GitHub refuses. */
  version: string | undefined;
}

export function parseReference(text: string): Reference {
  const [, name = "", version] = /^([^@]*)(?:@([^]*))?$/.exec(text.trim()) ?? [];
  return { name, version };
}

export const isCommit = (version: string): boolean => /^[0-9a-f]{40}$/i.test(version);

/** A release as numbers; what a moving tag leaves open is the newest there is. undefined: a branch, or something else. */
export function releaseOf(version: string | undefined): [number, number, number] | undefined {
  const [found, major, minor, patch] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(version ?? "") ?? [];
  if (found === undefined) return undefined;
  const number = (part: string | undefined) => (part === undefined ? Number.POSITIVE_INFINITY : Number(part));
  return [number(major), number(minor), number(patch)];
}

/** Whether the release that is used is older than another. */
export function isBefore(release: [number, number, number], other: string): boolean {
  const numbers = other.split(".").map(Number);
  const index = release.findIndex((part, at) => part !== numbers[at]);
  return index >= 0 && (release[index] ?? 0) < (numbers[index] ?? 0);
}
