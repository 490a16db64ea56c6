// The part of the context that counts, compared with what a real builder copies.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readContext } from "../../actions/build-push/src/context.ts";
import { readsOf } from "../../actions/build-push/src/dockerfile.ts";
import { followsLinks, pathFilter } from "../../actions/build-push/src/dockerfile/path-filter.ts";
import { run } from "../../infra/local/process.ts";

const files = [
  "a.js",
  "ab.js",
  "b.txt",
  "[x].txt",
  "go.mod",
  "go.sum",
  "spa ce",
  "é.js",
  "src/a.js",
  "src/deep/b.js",
  "src/deep/c.txt",
  "src.js/inside",
  "web/package.json",
  "app/package-2.json",
  "real/x",
  "real/y/z",
];
const links = { "link.js": "a.js", linked: "real", "web/out": "../real", "src/inner.js": "../b.txt" };

/** Each has a destination of its own, at the end if it has none here. */
const instructions = [
  "COPY a.js",
  "COPY *.js",
  "COPY ?.js",
  "COPY go.mod go.su[m]",
  "COPY [a-b].*",
  "COPY [^a].txt",
  "COPY src",
  "COPY src/",
  "COPY src/*.js",
  "COPY src/*/*.js",
  "COPY */package*.json",
  "COPY ./web/../app",
  "COPY ../a.js",
  'COPY ["spa ce", "DESTINATION"]',
  "COPY é.js",
  "COPY link.js",
  "COPY linked",
  "COPY linked/x",
  "COPY linked/y/*",
  "COPY web",
  "COPY web/out/x",
  "COPY */x",
  "COPY s*",
  "COPY .\\[x\\].txt* b.txt",
  "ADD a.js src/deep",
  "COPY .",
];

/** The classic builder refuses what seems to leave the context, and patterns below a link. */
const onlyBuildKit = new Set(["COPY ../a.js", "COPY linked/y/*"]);

/**
 * Every file has other bytes: what is found in the image must be among what counts, and what counts must be that, except
 * where everything does.
 *
 * @param env with a docker configuration that has buildx, or none for the classic builder
 */
export async function comparesCopiedFiles(
  folder: string,
  { builder, env }: { builder: "buildx" | "classic"; env: NodeJS.ProcessEnv },
): Promise<void> {
  const build = builder === "buildx" ? buildWithBuildx : buildClassic;
  const context = join(folder, `copied-${builder}`);
  const output = join(folder, `copied-output-${builder}`);
  for (const file of files) {
    await mkdir(dirname(join(context, file)), { recursive: true });
    await writeFile(join(context, file), `bytes of ${file}\n`);
  }
  for (const [link, target] of Object.entries(links)) await symlink(target, join(context, link));
  const built = instructions.filter((instruction) => builder === "buildx" || !onlyBuildKit.has(instruction));
  const copies = built.map((instruction, index) =>
    instruction.includes("DESTINATION")
      ? instruction.replace("DESTINATION", `/${index}/`)
      : `${instruction} /${index}/`,
  );
  await writeFile(join(context, "Dockerfile"), `FROM scratch\n${copies.join("\n")}\n`);
  await build({ context, output, env });
  for (const [index, instruction] of copies.entries()) {
    const counted = await countedFiles(context, `FROM scratch\n${instruction}\n`);
    const copied = await bytesBelow(join(output, String(index)));
    for (const bytes of copied)
      assert.ok(counted.has(bytes), `${instruction} copies ${bytes.trim()}, which does not count`);
    const surplus = counted.isWhole ? [] : [...counted].filter((bytes) => !copied.has(bytes));
    assert.deepEqual(surplus, [], `${instruction} does not copy all that counts`);
  }
}

interface Build {
  context: string;
  /** Folder that gets the files of the image. */
  output: string;
  env: NodeJS.ProcessEnv;
}

async function buildWithBuildx({ context, output, env }: Build): Promise<void> {
  await run(["docker", "buildx", "build", "--output", `type=local,dest=${output}`, context], { env });
}

async function buildClassic({ context, output, env: environment }: Build): Promise<void> {
  const env = { ...environment, DOCKER_BUILDKIT: "0" };
  await run(["docker", "build", "--quiet", "--tag", "rainbow-check:copied", context], { env });
  const container = (await run(["docker", "create", "rainbow-check:copied", "none"], { env })).trim();
  try {
    await run(["docker", "cp", `${container}:/`, output], { env });
  } finally {
    await run(["docker", "rm", container], { env });
  }
}

class Counted extends Set<string> {
  isWhole = false;
}

async function countedFiles(context: string, dockerfile: string): Promise<Counted> {
  const platform = "linux/amd64";
  const { paths } = readsOf(dockerfile, {
    buildArgs: new Map(),
    target: undefined,
    platforms: [platform],
    buildPlatform: platform,
    isClassic: false,
    triggers: new Map(),
  });
  const read = async (filter?: ReturnType<typeof pathFilter>) =>
    readContext(context, join(context, "Dockerfile"), { filter, ignoreFile: "buildkit" });
  const counted = new Counted();
  let entries = paths && (await read(pathFilter(paths, "no")));
  counted.isWhole = paths === undefined || entries === undefined || (await followsLinks(context, paths, entries));
  if (counted.isWhole) entries = await read();
  for (const { path, description } of entries ?? [])
    if (description.startsWith("file")) counted.add(await readFile(join(context, path), "utf8"));
  return counted;
}

async function bytesBelow(folder: string): Promise<Set<string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const regular = found.filter((entry) => entry.isFile());
  return new Set(await Promise.all(regular.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8"))));
}
