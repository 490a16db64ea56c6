// Tags of the image: bare ones belong to the repository, full references name a registry, as from docker/metadata-action.
import type { InputReader } from "../../shared/src/inputs.ts";
import { splitReference } from "./bases.ts";
import { isEcrHost } from "./credentials.ts";

export interface TagReference {
  /** As given. */
  text: string;
  /** As for the registry protocol: Docker Hub is registry-1.docker.io. */
  host: string;
  name: string;
  tag: string;
}

export interface Tags {
  /** Name of the ECR repository. */
  repository: string;
  /** Tags in the repository. */
  tags: string[];
  /** Tags with a registry and a repository: this one or others. */
  references: TagReference[];
}

/** Path components of the reference grammar of distribution. */
const repositoryName = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

export function readTags(read: InputReader): Tags {
  const entries = read.names("tags");
  const references = entries.filter((entry) => entry.includes("/")).flatMap((entry) => readReference(read, entry));
  const registry = read.optional("registry");
  // docker/metadata-action lists the images in any order.
  const own = references.find(({ host }) => host === registry || isEcrHost(host)) ?? references[0];
  const repository = read.optional("repository") ?? own?.name ?? read.required("repository", "rainbow-seeker-api");
  if (/[:@]/.test(repository))
    read.problem(`repository: must be a name without host, tag or digest, not "${repository}"`);
  const tags = entries.filter((entry) => !entry.includes("/"));
  for (const tag of [...tags, ...references.map((reference) => reference.tag)]) {
    if (!/^\w[\w.-]{0,127}$/.test(tag))
      read.problem(`tags: "${tag}" is not a tag: up to 128 letters, digits, "_", "." and "-"`);
    else if (tag.startsWith("content-"))
      read.problem(`tags: "${tag}": tags that start with content- are reserved for the action`);
  }
  return { repository, tags, references };
}

/** Without a tag it is `latest`, and without a host Docker Hub, as in docker. */
function readReference(read: InputReader, text: string): TagReference[] {
  const { host, name, version } = splitReference(text);
  if (!text.includes("@") && /^[\w.-]+(:\d+)?$/.test(host) && repositoryName.test(name))
    return [{ text, host, name, tag: version }];
  read.problem(`tags: "${text}" must be a tag, or host/repository:tag, with a repository in lower case`);
  return [];
}
