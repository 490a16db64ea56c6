// The base images of a build, by digest: tags are mutable, and a base image that moved is different content.
import { ConfigurationError } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";

export interface Base {
  /** As written in the Dockerfile. */
  reference: string;
  /** sha256:…, of the manifest or index that the tag points to; the image ID if it was never in a registry. */
  digest: string;
  /** Where it was found: the builder can be given a digest only of an image in a registry. */
  from: "reference" | "engine" | "registry";
  /** Its ONBUILD instructions; undefined: not looked at. */
  triggers?: readonly string[];
}

/** Resolves a reference to its digest in the registry; undefined if there is no such image. */
export type DigestLookup = (reference: string) => Promise<string | undefined>;

/** What the engine knows of images; a question that was asked before is not asked again. */
export class EngineImages {
  private readonly run: RunProcess;
  private readonly asked = new Map<string, Promise<Inspected[]>>();

  constructor(run: RunProcess) {
    this.run = run;
  }

  /** One call for all: docker prints the images that exist, and exits with an error code if any is missing. */
  inspect(references: readonly string[]): Promise<Inspected[]> {
    const key = JSON.stringify(references.toSorted());
    const answer = this.asked.get(key) ?? this.ask(references);
    this.asked.set(key, answer);
    return answer;
  }

  private async ask(references: readonly string[]): Promise<Inspected[]> {
    const { stdout } = await this.run(["docker", "image", "inspect", ...references]);
    return parseInspected(stdout);
  }
}

/** Those that a digest in the name does not answer. */
export const unpinnedOf = (references: readonly string[]): string[] =>
  references.filter((reference) => digestOf(reference) === undefined);

const digestOf = (reference: string): string | undefined => /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];

/**
 * Digests of the references.
 *
 * @param options.prefersEngine a builder inside the engine uses the engine's images before it asks a registry.
 * @throws ConfigurationError that lists every image that cannot be found.
 */
export async function resolveBases(
  references: string[],
  options: { prefersEngine: boolean; engine: EngineImages; lookUpDigest: DigestLookup },
): Promise<Base[]> {
  const pinned = references.flatMap((reference): Base[] => {
    const digest = digestOf(reference);
    return digest ? [{ reference, digest, from: "reference" }] : [];
  });
  const unpinned = unpinnedOf(references);
  const local = options.prefersEngine && unpinned.length > 0 ? await findInEngine(unpinned, options.engine) : [];
  const missing = unpinned.filter((reference) => !local.some((base) => base.reference === reference));
  const problems: string[] = [];
  const remote = await Promise.all(
    missing.map(async (reference): Promise<Base[]> => {
      try {
        const digest = await options.lookUpDigest(reference);
        if (digest) return [{ reference, digest, from: "registry" }];
        problems.push(`${reference}: the registry has no such image`);
      } catch (error) {
        problems.push(`${reference}: ${error instanceof Error ? error.message : String(error)}`);
      }
      return [];
    }),
  );
  if (problems.length > 0) throw unavailableError(problems);
  return [...pinned, ...local, ...remote.flat()];
}

function unavailableError(problems: string[]): ConfigurationError {
  return new ConfigurationError(
    [
      `The base ${problems.length === 1 ? "image is" : "images are"} not available; nothing was built.`,
      ...problems.map((problem) => `  ${problem}`),
      "  Check the name in the Dockerfile, log in to a private registry before this step " +
        "(this action logs in to ECR itself), or pull the image first.",
    ].join("\n"),
  );
}

interface Inspected {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Config?: { OnBuild?: string[] | null } | null;
}

async function findInEngine(references: string[], engine: EngineImages): Promise<Base[]> {
  const images = await engine.inspect(references);
  return references.flatMap((reference) => {
    const image = images.find(({ RepoTags }) => RepoTags?.some((tag) => canonical(tag) === canonical(reference)));
    if (!image) return [];
    // The digest in the registry rather than the image ID, so that every machine hashes the same image alike.
    const digest = registryDigest(image, splitReference(reference).repository);
    const triggers = image.Config?.OnBuild ?? [];
    return [{ reference, digest: digest ?? image.Id, from: "engine" as const, triggers }];
  });
}

function registryDigest({ RepoDigests }: Inspected, repository: string): string | undefined {
  const entries = (RepoDigests ?? []).map((entry) => entry.split("@"));
  return entries.find(([name = ""]) => canonical(name) === canonical(repository))?.[1];
}

function parseInspected(text: string): Inspected[] {
  try {
    return JSON.parse(text) as Inspected[];
  } catch {
    return [];
  }
}

export interface Reference {
  host: string;
  /** Path in the registry, including "library/". */
  name: string;
  /** Tag, or the digest if there is one. */
  version: string;
  /** As written, without tag and digest. */
  repository: string;
}

/** "node:24" → registry-1.docker.io, library/node, 24, as docker reads it (reference grammar of distribution). */
export function splitReference(reference: string): Reference {
  const [beforeDigest, digest] = reference.split("@") as [string, string | undefined];
  const tag = /:([\w][\w.-]*)$/.exec(beforeDigest)?.[1];
  const repository = tag === undefined ? beforeDigest : beforeDigest.slice(0, -tag.length - 1);
  const slash = repository.indexOf("/");
  const first = slash < 0 ? "" : repository.slice(0, slash);
  const hasHost = first === "localhost" || /[.:]/.test(first);
  const host = hasHost ? first : "docker.io";
  const path = hasHost ? repository.slice(slash + 1) : repository;
  const name = /^(index\.)?docker\.io$/.test(host) && !path.includes("/") ? `library/${path}` : path;
  return {
    host: /^(index\.)?docker\.io$/.test(host) ? "registry-1.docker.io" : host,
    name,
    version: digest ?? tag ?? "latest",
    repository,
  };
}

/** One spelling for all equivalent ones: docker.io/library/node and node are node:latest. */
export function canonical(reference: string): string {
  const { host, name, version } = splitReference(reference);
  return `${host}/${name}:${version}`;
}
