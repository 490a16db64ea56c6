// Versions and their tags: vMAJOR.MINOR.PATCH never moves, vMAJOR leads to the newest of its versions.

type Version = [major: number, minor: number, patch: number];

/** undefined: the tag is not one of a release. */
export function versionOf(tag: string): Version | undefined {
  const [, major, minor, patch] = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(tag) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Negative: the first is older. */
function compare(first: Version, second: Version): number {
  const index = first.findIndex((part, at) => part !== second[at]);
  return index === -1 ? 0 : (first[index] ?? 0) - (second[index] ?? 0);
}

const isNewer = (tag: string, than: Version): boolean => {
  const version = versionOf(tag);
  return version !== undefined && compare(version, than) > 0;
};

/** Whether no tag names a newer version. */
export const isNewest = (tag: string, tags: string[]): boolean => {
  const version = versionOf(tag);
  return version !== undefined && !tags.some((other) => isNewer(other, version));
};

/**
 * The tag that moves to a version: `v1` for `v1.2.3`. undefined: none does, because 0.x promises nothing, or because the
 * major version has a newer one, of which this is a fix for those who stay behind.
 */
export function majorTagOf(tag: string, tags: string[]): string | undefined {
  const [major = 0] = versionOf(tag) ?? [];
  const ofMajor = tags.filter((other) => versionOf(other)?.[0] === major);
  return major > 0 && isNewest(tag, ofMajor) ? `v${major}` : undefined;
}
