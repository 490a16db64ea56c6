import { readFile } from "node:fs/promises";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { Timeline } from "../../shared/src/timeline.ts";
import { EngineImages, resolveBases, unpinnedOf } from "./bases.ts";
import type { BuildResult } from "./build-result.ts";
import { detectBuilder, type FoundBuilder } from "./builder.ts";
import { commitOf } from "./content.ts";
import { Passwords } from "./credentials.ts";
import type { Dependencies } from "./dependencies.ts";
import { findOrBuild } from "./find-or-build.ts";
import { checkFindings, checkSize, megabytes } from "./gates.ts";
import type { Inputs } from "./inputs.ts";
import { ContentReader, type Content } from "./read-content.ts";
import { withNamedImages } from "./named-contexts.ts";
import { copyImage, digestInRegistry, RegistryRepository } from "./registry-http.ts";
import { openRepository, putTag, type Image, type Repository } from "./repository.ts";
import { signerOfInput, signOnce } from "./sign.ts";
import { summarise, summariseFailure } from "./summary.ts";
import { triggersInRegistry } from "./triggers.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<BuildResult> {
  const timeline = new Timeline(dependencies.clock);
  const known = { timeline, version: undefined as string | undefined };
  try {
    const prepared = await timeline.phase("Hash", () => prepare(inputs, dependencies));
    known.version = prepared.content.version;
    return await buildOnce(inputs, dependencies, { ...prepared, timeline });
  } catch (error) {
    await summariseFailure(inputs, error, known);
    throw error;
  }
}

async function buildOnce(
  inputs: Inputs,
  dependencies: Dependencies,
  { repository, passwords, content, builder, timeline }: Prepared & { timeline: Timeline },
): Promise<BuildResult> {
  const ecr = dependencies.ecr();
  const registry = new RegistryRepository({
    host: repository.host,
    name: repository.name,
    credentialsOf: passwords.basic,
  });

  const target = { repository, registry, passwords, content, builder, timeline };
  const { image, facts, version, skipped, contentTag } = await findOrBuild(inputs, dependencies, target);
  const reference = `${repository.reference}@${image.digest}`;
  const outcome = skipped ? `nothing to build, this content was built before from ${version}` : "pushed";
  dependencies.log(`${outcome}: ${reference}, ${megabytes(facts.sizes)}`);

  checkSize(facts.sizes, inputs.maxSize);
  const { failOnSeverity: threshold, signingKey: privateKey } = inputs;
  const { digest } = image;
  const findings =
    threshold &&
    (await timeline.phase("Scan", () =>
      checkFindings({ repositoryName: repository.name, digest }, { ...inputs, threshold }, { ...dependencies, ecr }),
    ));
  if (privateKey)
    await timeline.phase("Sign", () =>
      signOnce({ ecr, repository, registry, digest, privateKey, log: dependencies.log }),
    );
  // Only an image that passed gets the tags by which people and later steps refer to it.
  const tags = await timeline.phase("Tag", () => tag(inputs, { ecr, repository, registry, image, passwords }));

  const sizes = Object.values(facts.sizes);
  const built = {
    image: reference,
    digest: image.digest,
    tags: [contentTag, ...tags].join("\n"),
    version,
    skipped,
    size: Math.max(...sizes),
    sizes: JSON.stringify(facts.sizes),
    phases: JSON.stringify(timeline.seconds),
  };
  await summarise({ inputs, built, findings, builder: skipped ? undefined : builder, timeline });
  return built;
}

interface Prepared {
  repository: Repository;
  passwords: Passwords;
  content: Content;
  builder: FoundBuilder;
}

/** The content tag, and the repository that it belongs to. Changes nothing, but may create the repository. */
async function prepare(inputs: Inputs, { ecr, run, clock, log, environment }: Dependencies): Promise<Prepared> {
  const signer = inputs.signingKey === undefined ? undefined : signerOfInput(inputs.signingKey);
  const dockerfile = await readFile(inputs.dockerfile, "utf8");
  const { registry, createRepository: create } = inputs;
  const reader = new ContentReader({ inputs, dockerfile, signer, checkout: () => committing, environment, log });
  // Processes first: they work while the context is read.
  const detecting = detectBuilder(run, inputs.builder, environment);
  const committing = commitOf(inputs, run, environment);
  const engine = new EngineImages(run);
  reader.begin((images) => {
    const unpinned = unpinnedOf(withNamedImages(images, inputs.buildContexts));
    // Most builders are in the engine. What goes wrong is reported if the answer is needed.
    if (!inputs.pull && !inputs.builder && unpinned.length > 0) engine.inspect(unpinned).catch(() => undefined);
  });
  const [repository, builder] = await Promise.all([
    openRepository(ecr(), { name: inputs.repository, registry, create, log }),
    detecting,
    committing,
  ]);
  const passwords = new Passwords({ ecr, ownHost: repository.host, run, clock, environment });
  const content = await reader.read({
    builder,
    // The engine's builders use a base image that the engine has; with pull, and in a separate builder, the registry's.
    resolve: (references) =>
      resolveBases(withNamedImages(references, inputs.buildContexts), {
        prefersEngine: builder.inEngine && !inputs.pull,
        engine,
        lookUpDigest: (reference) => digestInRegistry(reference, passwords.basic),
      }),
    lookUpTriggers: (base, platforms) => triggersInRegistry(base, platforms, passwords.basic),
  });
  return { repository, passwords, builder, content };
}

interface Tagging {
  ecr: ECRClient;
  repository: Repository;
  registry: RegistryRepository;
  image: Image;
  passwords: Passwords;
}

/** Sets the requested tags, in this registry and in others. Tags that exist are skipped, so a rerun adds the rest. */
async function tag(
  { tags, references }: Inputs,
  { ecr, repository, registry, image, passwords }: Tagging,
): Promise<string[]> {
  const isOwn = ({ host, name }: { host: string; name: string }) =>
    host === repository.host && name === repository.name;
  const ownTags = new Set([...tags, ...references.filter(isOwn).map((reference) => reference.tag)]);
  for (const ownTag of ownTags) await putTag(ecr, repository, image, ownTag);
  const copies = references.filter((reference) => !isOwn(reference));
  for (const { host, name, tag: as } of copies) {
    const target = new RegistryRepository({ host, name, credentialsOf: passwords.basic });
    await copyImage(registry, target, { digest: image.digest, as });
  }
  return [...ownTags, ...copies.map(({ text }) => text)];
}
