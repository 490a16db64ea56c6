// The image with this content: the one in the registry, if it is known who built it, or a new one.
import { ConfigurationError, FailedError } from "../../shared/src/errors.ts";
import type { Timeline } from "../../shared/src/timeline.ts";
import { buildAndPush } from "./build.ts";
import { assertSupported, withFeatures, type FoundBuilder } from "./builder.ts";
import type { Passwords } from "./credentials.ts";
import type { Dependencies } from "./dependencies.ts";
import { withoutEffect, type Inputs } from "./inputs.ts";
import type { Content } from "./read-content.ts";
import type { RegistryRepository } from "./registry-http.ts";
import {
  factsOf,
  findImage,
  revisionLabel,
  revisionOf,
  type Image,
  type ImageFacts,
  type Repository,
} from "./repository.ts";
import { recordBuild, waitForRecord } from "./sign.ts";
import { sourceOf } from "./source.ts";

export interface Target {
  repository: Repository;
  registry: RegistryRepository;
  passwords: Passwords;
  content: Content;
  builder: FoundBuilder;
  timeline: Timeline;
}

export interface Found {
  image: Image;
  facts: ImageFacts;
  version: string;
  /** It was built before. */
  skipped: boolean;
  contentTag: string;
}

/** The image with this content in the registry; built and pushed if it does not exist, or if anybody may have pushed it. */
export async function findOrBuild(inputs: Inputs, dependencies: Dependencies, target: Target): Promise<Found> {
  const { repository, content, timeline } = target;
  const find = () => findImage(dependencies.ecr(), repository.name, { imageTag: content.tag });
  const existing = await timeline.phase("Look it up", async () => {
    // Whether the version is read from the label or the image is built, the next request is to the registry.
    const [image] = await Promise.all([find(), inputs.signingKey === undefined && requestPassword(target)]);
    return image;
  });
  const other = !existing && content.ifNew && (await timeline.phase("Check the base images", content.ifNew));
  if (other) return findOrBuild(inputs, dependencies, { ...target, content: other });
  const contentTag = content.tag;
  if (existing) {
    const known = await readVersion(existing, inputs, { dependencies, target });
    if (known) {
      const unused = withoutEffect(inputs);
      if (unused) dependencies.log(unused);
      return { image: existing, ...known, skipped: true, contentTag };
    }
    if (!repository.isMutable(content.tag)) throw ofUnknownOrigin(existing, target);
    dependencies.log(
      `${content.tag} (${existing.digest}) has no build record by signing-key, ` +
        "so anybody who may push can have pushed it: building the content again",
    );
  }
  const built = await build(inputs, dependencies, target).catch((failure: unknown) => ({ failure }));
  if ("failure" in built) {
    // Tags are immutable: if another run pushed the same content meanwhile, our push is refused, and its image is used.
    const image = await find();
    if (!image || image.digest === existing?.digest) throw built.failure;
    const known = await readVersion(image, inputs, { dependencies, target });
    if (!known) throw ofUnknownOrigin(image, target, built.failure);
    return { image, ...known, skipped: true, contentTag };
  }
  // By its digest: whoever may push can have moved the tag meanwhile.
  const image = built.digest
    ? await findImage(dependencies.ecr(), repository.name, { imageDigest: built.digest })
    : await find();
  if (!image)
    throw new FailedError(
      `docker push succeeded, but ${repository.name} has no image ${built.digest ?? content.tag}. ` +
        "Check that the input registry is the registry that AWS reports.",
    );
  await record(image, built.digest, { inputs, dependencies, target });
  const facts = await factsOf(dependencies.ecr(), repository.name, image);
  return { image, facts, version: content.version, skipped: false, contentTag };
}

/** A failure is reported where the password is needed. */
const requestPassword = ({ passwords, repository }: Target): Promise<unknown> =>
  passwords.basic(repository.host).catch(() => undefined);

/**
 * With a signing key its holder's statement; without one the label of the image, which says what whoever pushed it wanted
 * it to say.
 *
 * @returns undefined: there is no such statement
 */
async function readVersion(
  image: Image,
  { signingKey }: Inputs,
  { dependencies, target }: { dependencies: Dependencies; target: Target },
): Promise<Pick<Found, "version" | "facts"> | undefined> {
  const { repository, registry, content, timeline } = target;
  const ecr = dependencies.ecr();
  const readFacts = () => factsOf(ecr, repository.name, image);
  return timeline.phase("Read the version", async () => {
    if (signingKey === undefined) {
      const facts = await readFacts();
      return { facts, version: await revisionOf(registry, image, facts) };
    }
    const built = { reference: repository.reference, digest: image.digest, contentTag: content.tag };
    const version = await waitForRecord({ ecr, repository, clock: dependencies.clock }, built, signingKey);
    return version === undefined ? undefined : { version, facts: await readFacts() };
  });
}

/** @returns the digest that was pushed, as docker reports it */
async function build(
  inputs: Inputs,
  dependencies: Dependencies,
  { repository, passwords, content, builder: found, timeline }: Target,
): Promise<{ digest: string | undefined }> {
  const builder = await withFeatures(found, dependencies.run, dependencies.environment);
  assertSupported(builder, {
    ...inputs,
    cacheTo: inputs.cacheTo === "automatic" ? [] : inputs.cacheTo,
    annotations: inputs.annotations.length > 0,
    buildKit: buildKitInputs(inputs),
  });
  const given = inputs.labels.get(revisionLabel);
  if (given !== undefined && given !== content.version)
    dependencies.log(`labels: ${revisionLabel} is ${content.version}, the version of this build, not ${given}`);
  const plan = {
    inputs,
    builder,
    repository,
    ...content,
    builtAt: new Date(dependencies.clock.now()).toISOString(),
    source: await sourceOf(inputs.context, dependencies),
  };
  return { digest: await buildAndPush(plan, passwords, { dependencies, timeline }) };
}

/** The inputs that are given and that the classic builder does not have. */
function buildKitInputs(inputs: Inputs): string[] {
  const sizes = {
    secrets: inputs.secrets.size + inputs.secretEnvironment.size + inputs.secretFiles.size,
    ssh: inputs.ssh.length,
    "build-contexts": inputs.buildContexts.size,
    allow: inputs.allow.length,
    "no-cache-filters": inputs.noCacheFilters.length,
  };
  return Object.entries(sizes).flatMap(([input, size]) => (size > 0 ? [input] : []));
}

async function record(
  image: Image,
  pushed: string | undefined,
  { inputs, dependencies, target }: { inputs: Inputs; dependencies: Dependencies; target: Target },
): Promise<void> {
  const { signingKey: privateKey } = inputs;
  if (privateKey === undefined) return;
  if (pushed === undefined)
    throw new FailedError(
      "docker did not report the digest of the image that it pushed, so it cannot be signed: " +
        "what is under its tag may be another image. Update docker and buildx.",
    );
  const { repository, registry, content } = target;
  await recordBuild(
    { ecr: dependencies.ecr(), repository, registry, digest: image.digest, privateKey, log: dependencies.log },
    { contentTag: content.tag, version: content.version },
  );
}

function ofUnknownOrigin(image: Image, { repository, content }: Target, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    [
      `${repository.name} has an image under the content tag of this build that has no build record by signing-key, ` +
        "so it is not signed. Somebody with push rights has put it there, or a run was killed right after its push. " +
        `The tag is immutable, so the content cannot be built again: find out where ${image.digest} comes from, ` +
        "delete its tag, and run this step again.",
      `  aws ecr batch-delete-image --repository-name ${repository.name} --image-ids imageTag=${content.tag}`,
    ].join("\n"),
    { cause },
  );
}
