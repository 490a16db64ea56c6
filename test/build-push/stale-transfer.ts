// BuildKit does not read a file again whose size and time are those of an earlier build. Under a content tag the older
// bytes would be in the image for good.
import assert from "node:assert/strict";
import { lutimes, mkdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { attempt, run } from "../../infra/local/process.ts";
import type { Workbench } from "./workbench.ts";

/** As of `git restore-mtime`, `cp --preserve`, and archives that are packed reproducibly. */
const fixedTime = new Date("2020-01-01T00:00:00Z");

const dockerfile = (label: string) => `FROM scratch\nCOPY stale.txt /\nLABEL rainbow-check=1\nLABEL stale=${label}\n`;

/** Files and Dockerfiles of one size and one time: each build has its own. */
export async function sameSizeAndTime(bench: Workbench): Promise<void> {
  const context = join(dirname(bench.context), "stale");
  await mkdir(context);
  const texts = { "stale.txt": "first", Dockerfile: dockerfile("first") };
  for (const [file, text] of [
    ["stale.txt", "first"],
    ["stale.txt", "other"],
    ["Dockerfile", dockerfile("third")],
  ] as const) {
    texts[file] = text;
    for (const [name, content] of Object.entries(texts)) {
      await writeFile(join(context, name), content);
      await utimes(join(context, name), fixedTime, fixedTime);
    }
    const { outputs } = await bench.expectExit(0, { context });
    assert.equal(outputs["skipped"], "false");
    const image = `${bench.registry}/service:${outputs["tags"]}`;
    assert.equal(await fileIn(image, "/stale.txt", join(dirname(context), "copied.txt")), texts["stale.txt"]);
    const label = await run(["docker", "image", "inspect", image, "--format", '{{index .Config.Labels "stale"}}']);
    assert.equal(texts.Dockerfile, dockerfile(label.trim()));
  }
  await rm(context, { recursive: true });
}

/** The classic builder compares links by their names and times, not by where they point to. */
export async function otherLinkTarget(bench: Workbench): Promise<void> {
  const context = join(dirname(bench.context), "links");
  await mkdir(context);
  await writeFile(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\nLABEL rainbow-check=links\n");
  for (const target of ["first", "other"]) {
    await rm(join(context, "link"), { force: true });
    await symlink(target, join(context, "link"));
    await lutimes(join(context, "link"), fixedTime, fixedTime);
    await utimes(context, fixedTime, fixedTime);
    const { outputs } = await bench.expectExit(0, { context }, { builder: "classic" });
    assert.equal(outputs["skipped"], "false");
    const archive = join(dirname(context), "links.tar");
    const container = (await run(["docker", "create", `${bench.registry}/service:${outputs["tags"]}`, "none"])).trim();
    try {
      await run(["docker", "export", "--output", archive, container]);
    } finally {
      await attempt(["docker", "rm", container]);
    }
    assert.match(
      await run(["tar", "--list", "--verbose", "--file", archive, "link"]),
      new RegExp(`-> ${target}$`, "m"),
    );
  }
  await rm(context, { recursive: true });
}

async function fileIn(image: string, path: string, copy: string): Promise<string> {
  const container = (await run(["docker", "create", image, "none"])).trim();
  try {
    await run(["docker", "cp", `${container}:${path}`, copy]);
    return await readFile(copy, "utf8");
  } finally {
    await attempt(["docker", "rm", container]);
  }
}
