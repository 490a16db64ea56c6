// Which tags of a repository can point to another image later.
import type { ImageTagMutabilityExclusionFilter } from "@aws-sdk/client-ecr";

/** Tag of the layer cache, in repositories where it is mutable. */
export const cacheTag = "buildcache";

export function mutabilityOf(settings: {
  imageTagMutability?: string | undefined;
  imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[] | undefined;
}): { isImmutable: boolean; isMutable: (tag: string) => boolean } {
  const exclusions = (settings.imageTagMutabilityExclusionFilters ?? []).map(({ filter = "" }) => wildcard(filter));
  const isExcluded = (tag: string) => exclusions.some((exclusion) => exclusion.test(tag));
  const isImmutable = settings.imageTagMutability?.startsWith("IMMUTABLE") ?? false;
  // Exclusions are the tags for which the opposite of the repository's setting applies.
  return { isImmutable, isMutable: (tag) => isImmutable === isExcluded(tag) };
}

/** A filter such as `cache-*` as a regular expression. */
function wildcard(filter: string): RegExp {
  const parts = filter.split("*").map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
