// Which images a change makes: those whose build reads something else than before, as build-push hashes it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readContext } from "../../../actions/build-push/src/context.ts";
import { pathFilter, wholeContext } from "../../../actions/build-push/src/dockerfile/path-filter.ts";
import { readsOf } from "../../../actions/build-push/src/dockerfile.ts";

export interface Image {
  name: string;
  context: string;
  dockerfile: string;
}

/** As the workflows build them. */
export const images: Image[] = [
  { name: "api", context: "api", dockerfile: "api/Dockerfile" },
  { name: "ml", context: "ml", dockerfile: "ml/Dockerfile" },
  { name: "backup", context: "actions/db-backup", dockerfile: "actions/db-backup/image/Dockerfile" },
];

export interface ImageChange {
  name: string;
  /** Of what the build reads, sorted; none: the image that exists is used again. */
  paths: string[];
}

const platform = "linux/amd64";

/** @param before, after folders with the whole repository */
export async function changedImages(before: string, after: string): Promise<ImageChange[]> {
  return Promise.all(
    images.map(async (image) => {
      const [old, current] = await Promise.all([contentOf(before, image), contentOf(after, image)]);
      const paths = [...new Set([...old.keys(), ...current.keys()])]
        .filter((path) => old.get(path) !== current.get(path))
        .toSorted();
      return { name: image.name, paths };
    }),
  );
}

/** Path → what a build sees of it. Empty folders in which only files change are not named for themselves. */
async function contentOf(root: string, { context, dockerfile }: Image): Promise<Map<string, string>> {
  const path = join(root, dockerfile);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return new Map();
  const { paths, git } = readsOf(text, {
    buildArgs: new Map(),
    target: undefined,
    platforms: [platform],
    buildPlatform: platform,
    isClassic: false,
    triggers: new Map(),
  });
  const filter = paths === undefined ? wholeContext(git) : pathFilter(paths, git);
  const entries = await readContext(join(root, context), path, { ignoreFile: "buildkit", filter });
  return new Map([["Dockerfile", text], ...entries.map((entry): [string, string] => [entry.path, entry.description])]);
}
