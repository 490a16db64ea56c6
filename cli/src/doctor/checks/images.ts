// Whether the image repositories keep what build-push relies on: tags that mean one image for ever, except those that are
// meant to move.
import type { Repository } from "@aws-sdk/client-ecr";
import { parseEcrImage } from "../../../../actions/shared/src/ecs/ecr-image.ts";
import { cacheTag, mutabilityOf } from "../../../../actions/build-push/src/mutability.ts";
import { advice, change, fine, notChecked, unknownBecause, type Answer } from "../finding.ts";
import { servicesOf, type Facts } from "../facts.ts";

export async function checkImages(facts: Facts): Promise<Answer[]> {
  const movingTags = new Map<string, string[]>();
  for (const { actions } of facts.jobs)
    for (const { name, inputs } of actions)
      if (name === "build-push" && inputs["repository"])
        movingTags.set(inputs["repository"], [
          ...(movingTags.get(inputs["repository"]) ?? []),
          ...(inputs["tags"] ?? "")
            .split(/[\s,]+/)
            .filter((tag) => /^(latest|main|master|edge|stable|v\d+)$/.test(tag)),
        ]);
  const names = new Set([...movingTags.keys(), ...(await repositoriesOfServices(facts))]);
  if (names.size === 0)
    return [notChecked("no image repository is known", "Give a service: --cluster CLUSTER --service SERVICE.")];
  return Promise.all(
    [...names].map(async (name) => {
      try {
        const repository = await facts.aws.imageRepository(name);
        return evaluateRepository(name, repository, movingTags.get(name) ?? []);
      } catch (error) {
        return unknownBecause(error);
      }
    }),
  );
}

/** Of the images that run; services that cannot be read are another check's matter. */
async function repositoriesOfServices(facts: Facts): Promise<string[]> {
  const found = await Promise.all(
    servicesOf(facts).map(async (key) => {
      const service = await facts.aws.service(key).catch(() => undefined);
      return service?.definition?.containerDefinitions ?? [];
    }),
  );
  return found.flat().flatMap(({ image = "" }) => parseEcrImage(image)?.repositoryName ?? []);
}

export function evaluateRepository(name: string, repository: Repository | undefined, movingTags: string[]): Answer {
  if (repository === undefined)
    return change(
      `the image repository ${name} does not exist in this region`,
      "terraform apply (infra/modules/registry), or create-repository: true in build-push.",
    );
  const { isImmutable, isMutable } = mutabilityOf(repository);
  const stuck = movingTags.filter((tag) => !isMutable(tag));
  const exclude = (tags: string[]) =>
    `aws ecr put-image-tag-mutability --repository-name ${name} --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters ${[cacheTag, ...tags].map((tag) => `filterType=WILDCARD,filter=${tag}`).join(" ")}`;
  if (stuck.length > 0)
    return change(
      `${name}: build-push moves the tag ${stuck.join(", ")}, and the repository's tags are immutable`,
      exclude(stuck),
    );
  if (!isImmutable)
    return advice(
      `${name}: its tags are mutable, so that whoever can push can put another image under the tag of content that is built already`,
      exclude(movingTags),
    );
  return fine(`${name}: its tags are immutable${movingTags.length > 0 ? `, except ${movingTags.join(", ")}` : ""}`);
}
