// The images that a build starts from, by digest: tags move, and a moved base is another content.
import { ConfigurationError } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";

export interface Base {
  /** As the Dockerfile names it. */
  reference: string;
  /** sha256:…, of the manifest or index that the tag points to; of the image itself where it was never in a registry. */
  digest: string;
  /** Where it was found: only what lies in a registry can be named by digest to the builder. */
  from: "reference" | "engine" | "registry";
}

/** Asks a registry for the digest behind a reference; undefined when there is no such image. */
export type AskRegistry = (reference: string) => Promise<string | undefined>;

/**
 * Digests of the references. `prefersEngine`: a builder inside of the engine takes what lies there before it asks a registry.
 * @throws ConfigurationError that names every image that cannot be found.
 */
export async function resolveBases(
  references: string[],
  options: { prefersEngine: boolean; run: RunProcess; askRegistry: AskRegistry },
): Promise<Base[]> {
  const pinned = references.flatMap((reference): Base[] => {
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];
    return digest ? [{ reference, digest, from: "reference" }] : [];
  });
  const open = references.filter((reference) => !pinned.some((base) => base.reference === reference));
  const local = options.prefersEngine && open.length > 0 ? await inEngine(open, options.run) : [];
  const missing = open.filter((reference) => !local.some((base) => base.reference === reference));
  const problems: string[] = [];
  const remote = await Promise.all(
    missing.map(async (reference): Promise<Base[]> => {
      try {
        const digest = await options.askRegistry(reference);
        if (digest) return [{ reference, digest, from: "registry" }];
        problems.push(`${reference}: the registry has no such image`);
      } catch (error) {
        problems.push(`${reference}: ${error instanceof Error ? error.message : String(error)}`);
      }
      return [];
    }),
  );
  if (problems.length > 0) {
    throw new ConfigurationError(
      `The base ${problems.length === 1 ? "image is" : "images are"} not to be had; nothing was built.\n${problems.map((problem) => `  ${problem}`).join("\n")}\n  Check the name in the Dockerfile; log in to a private registry before this step (ECR is logged in to by this action); or pull the image first.`,
    );
  }
  return [...pinned, ...local, ...remote.flat()];
}

interface Inspected {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
}

/** One call for all; docker answers with those that are there and an exit code for those that are not. */
async function inEngine(references: string[], run: RunProcess): Promise<Base[]> {
  const { stdout } = await run(["docker", "image", "inspect", ...references]);
  const images = parsed(stdout);
  return references.flatMap((reference) => {
    const image = images.find(({ RepoTags }) => RepoTags?.some((tag) => familiar(tag) === familiar(reference)));
    if (!image) return [];
    // The digest that the registry knows it by, so that every machine gives the same image the same name.
    const { repository } = splitReference(reference);
    const entries = (image.RepoDigests ?? []).map((entry) => entry.split("@"));
    const [, known] = entries.find(([name = ""]) => familiar(name) === familiar(repository)) ?? [];
    return [{ reference, digest: known ?? image.Id, from: "engine" as const }];
  });
}

function parsed(text: string): Inspected[] {
  try {
    return JSON.parse(text) as Inspected[];
  } catch {
    return [];
  }
}

export interface Reference {
  host: string;
  /** Path in the registry, "library/" included. */
  name: string;
  /** Tag, or digest where there is one. */
  version: string;
  /** As written, without tag and digest. */
  repository: string;
}

/** "node:24" → registry-1.docker.io, library/node, 24: what docker makes of a name (distribution's reference grammar). */
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

/** One spelling of those that mean the same: docker.io/library/node and node:latest are node:latest. */
function familiar(reference: string): string {
  const { host, name, version } = splitReference(reference);
  return `${host}/${name}:${version}`;
}
