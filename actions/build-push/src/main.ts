import { readFile } from "node:fs/promises";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { FailedError } from "../../shared/src/errors.ts";
import { Timeline } from "../../shared/src/timeline.ts";
import { resolveBases } from "./bases.ts";
import type { BuildResult } from "./build-result.ts";
import { buildAndPush } from "./build.ts";
import { detectBuilder, assertSupported, type Builder } from "./builder.ts";
import { commitOf, hashContent } from "./content.ts";
import { readContext } from "./context.ts";
import { Passwords } from "./credentials.ts";
import type { Dependencies } from "./dependencies.ts";
import { imagesOf } from "./dockerfile.ts";
import { checkFindings, checkSize, megabytes } from "./gates.ts";
import type { Inputs } from "./inputs.ts";
import { copyImage, digestInRegistry, RegistryRepository } from "./registry-http.ts";
import { factsOf, findImage, openRepository, putTag, revisionOf, type Image, type Repository } from "./repository.ts";
import { signOnce } from "./sign.ts";
import { sourceOf } from "./source.ts";
import { summarise, summariseFailure } from "./summary.ts";

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

  const { image, skipped } = await present(inputs, dependencies, { repository, passwords, content, builder, timeline });
  const facts = await factsOf(ecr, repository.name, image);
  const version = skipped
    ? await timeline.phase("Read the version", () => revisionOf(registry, image, facts))
    : content.version;
  const reference = `${repository.reference}@${image.digest}`;
  dependencies.log(
    `${skipped ? `this content was built before, from ${version}: nothing to build` : "pushed"}: ${reference}, ${megabytes(facts.sizes)}`,
  );

  checkSize(facts.sizes, inputs.maxSize);
  const findings =
    inputs.failOnSeverity &&
    (await timeline.phase("Scan", () =>
      checkFindings(inputs, { repositoryName: repository.name, digest: image.digest }, { ...dependencies, ecr }),
    ));
  if (inputs.signingKey)
    await timeline.phase("Sign", () =>
      signOnce({
        ecr,
        repository,
        registry,
        digest: image.digest,
        privateKey: inputs.signingKey!,
        log: dependencies.log,
      }),
    );
  // Only what has passed gets the names by which people and later steps may take it.
  const tags = await timeline.phase("Tag", () => tag(inputs, { ecr, repository, registry, image, passwords }));

  const sizes = Object.values(facts.sizes);
  const built = {
    image: reference,
    digest: image.digest,
    tags: [content.tag, ...tags].join("\n"),
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
  content: { tag: string; version: string; bases: Awaited<ReturnType<typeof resolveBases>> };
  builder: Builder;
}

/** What would be built: its name, and where it belongs. Nothing is changed but a repository that is wanted and missing. */
async function prepare(inputs: Inputs, { ecr, run, clock, log, environment }: Dependencies): Promise<Prepared> {
  const dockerfile = await readFile(inputs.dockerfile, "utf8");
  const references = imagesOf(dockerfile, inputs);
  const opening = openRepository(ecr(), {
    name: inputs.repository,
    registry: inputs.registry,
    create: inputs.createRepository,
    log,
  });
  const reading = readContext(inputs.context, inputs.dockerfile);
  const [repository, source, builder, entries] = await Promise.all([
    opening,
    commitOf(inputs, run, environment),
    detectBuilder(run, inputs.builder, environment),
    reading,
  ]);
  const passwords = new Passwords({ ecr, own: repository.host, run, clock, environment });
  // The engine's own builders take a base that lies there; with pull, and in builders of their own, the registry decides.
  const bases = await resolveBases(references, {
    prefersEngine: builder.inEngine && !inputs.pull,
    run,
    askRegistry: (reference) => digestInRegistry(reference, passwords.basic),
  });
  const platforms =
    inputs.platforms.length > 0
      ? inputs.platforms
      : [environment["DOCKER_DEFAULT_PLATFORM"] || `linux/${process.arch === "x64" ? "amd64" : process.arch}`];
  const hash = hashContent({ ...inputs, entries, dockerfile, platforms, bases });
  const tag = `content-${hash}`;
  log(
    `${entries.length} files, links and folders in ${inputs.context}${bases.map(({ reference, digest }) => `\n  on ${reference} (${digest})`).join("")}\n  ${tag}`,
  );
  return {
    repository,
    passwords,
    builder,
    content: { tag, bases, version: source.dirty ? `${source.commit}-dirty-${hash.slice(0, 8)}` : source.commit },
  };
}

/** The image in the registry: the one that is there, or a new one. */
async function present(
  inputs: Inputs,
  dependencies: Dependencies,
  { repository, passwords, content, builder, timeline }: Prepared & { timeline: Timeline },
): Promise<{ image: Image; skipped: boolean }> {
  const find = () => findImage(dependencies.ecr(), repository.name, { imageTag: content.tag });
  const there = await timeline.phase("Look it up", find);
  if (there) return { image: there, skipped: true };
  const { platforms, provenance, sbom, cacheTo } = inputs;
  const secrets = inputs.secrets.size + inputs.secretEnvironment.size + inputs.secretFiles.size > 0;
  assertSupported(builder, { platforms, provenance, sbom, cacheTo: cacheTo === "automatic" ? [] : cacheTo, secrets });
  const builtAt = new Date(dependencies.clock.now()).toISOString();
  const source = await sourceOf(inputs.context, dependencies);
  const plan = {
    inputs,
    builder,
    repository,
    bases: content.bases,
    tag: content.tag,
    version: content.version,
    builtAt,
    source,
  };
  const refusal = await buildAndPush(plan, passwords, { dependencies, timeline }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const image = await find();
  // Tags never move: where another run has pushed the same content meanwhile, ours is refused, and theirs is as good.
  if (refusal && image) return { image, skipped: true };
  if (refusal) throw refusal;
  if (!image)
    throw new FailedError(
      `docker push said it was done, but ${repository.name} has no image ${content.tag}. Does registry name the same registry as AWS does?`,
    );
  return { image, skipped: false };
}

interface Tagging {
  ecr: ECRClient;
  repository: Repository;
  registry: RegistryRepository;
  image: Image;
  passwords: Passwords;
}

/** Puts the wanted tags, here and elsewhere. Each is there already or put; run again after half of them, the rest follows. */
async function tag(
  { tags, references }: Inputs,
  { ecr, repository, registry, image, passwords }: Tagging,
): Promise<string[]> {
  const isHere = ({ host, name }: { host: string; name: string }) =>
    host === repository.host && name === repository.name;
  const here = [...new Set([...tags, ...references.filter(isHere).map((reference) => reference.tag)])];
  for (const one of here) await putTag(ecr, repository, image, one);
  const elsewhere = references.filter((reference) => !isHere(reference));
  for (const { host, name, tag: as } of elsewhere) {
    await copyImage(registry, new RegistryRepository({ host, name, credentialsOf: passwords.basic }), {
      digest: image.digest,
      as,
    });
  }
  return [...here, ...elsewhere.map(({ host, name, tag: as }) => `${host}/${name}:${as}`)];
}
