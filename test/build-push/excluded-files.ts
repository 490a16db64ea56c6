// .dockerignore with the real builders: the files that build-push hashes are those that `COPY . /` puts into an image.
import assert from "node:assert/strict";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readContext } from "../../actions/build-push/src/context.ts";
import { ConfigurationError } from "../../actions/shared/src/errors.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { errorOf } from "../lib/error-of.ts";
import type { Workbench } from "./workbench.ts";

const files = [
  "a.md",
  "keep.md",
  "sub/a.md",
  "sub/deep/b.md",
  "sub/deep/c.txt",
  "node_modules/x/index.js",
  "sub/node_modules/y.js",
  "logs/1.log",
  "logs/keep/2.log",
  "logs/deep/keep.md",
  "temp?/x",
  "dist/out.js",
  "dist/keep.js",
  ".git/config",
  ".env",
  "docs/a/b/c.txt",
  "docs/a/d.txt",
  "with space/x y.txt",
  "[x]/y",
  "UPPER.MD",
  "a/b/file",
  "trailing/x",
  "rules/one",
  "+page.svelte",
  "c++/c++",
  "notes (old).txt",
  "a^b",
  "{x}",
  "雪.txt",
  "😀.txt",
];

const rules = [
  "# a comment\n\n*.md\n!keep.md\n**/node_modules\n.git\n",
  "*\n!sub\nsub/deep\n!sub/deep/c.txt\n",
  "/logs\n!logs/keep\ndist/*\n!dist/keep.js\n.git\n.env\n",
  "docs/**/c.txt\n**/*.md\n!sub/**/b.md\ntemp?\n./a/b\ntrailing/\n.git\n",
  "with space\n[ad]*\nUPPER*\n.git\n",
  "**\n!docs/a\n",
  "  logs  \n!**/keep.md\n../outside\n.git\n",
  "+page.svelte\nc++\nnotes (old*\na^b\n{x}\n.git\n",
  "**\n!?.txt\n!**.svelte\n",
  "[^a]*\n![[:upper:]]*\n",
];

type Builder = "buildx" | "classic";

export async function excludesTheSame(bench: Workbench): Promise<void> {
  for (const builder of ["buildx", "classic"] as const) {
    for (const text of rules) await compare(bench, builder, { rules: { ".dockerignore": text } });
    // Each builder chooses the file by its own rule.
    await compare(bench, builder, {
      rules: { "Dockerfile.dockerignore": "*.md\n.git\n", ".dockerignore": ".env\n.git\n" },
    });
    await compare(bench, builder, {
      rules: { "Dockerfile.dockerignore": "", ".dockerignore": ".env\n" },
      isGitKept: true,
    });
    await compare(bench, builder, { rules: { "rules/one": "*.md\n.git\n" }, link: "rules/one" });
    await compare(bench, builder, { rules: { "rules/one": "*.md\n.git\n" }, link: "/rules/one", isGitKept: true });
    await compare(bench, builder, { rules: { "../outside": "*.md\n.git\n" }, link: "../outside", isGitKept: true });
    for (const text of ["a[\n", "!\n", "x*[z-a]\n"]) await refuses(bench, builder, text);
  }
}

interface Layout {
  rules: Record<string, string>;
  /** What .dockerignore is a link to. */
  link?: string;
  /** A builder sends .git, which is never content. */
  isGitKept?: true;
}

async function compare(bench: Workbench, builder: Builder, layout: Layout): Promise<void> {
  const folder = await writeContext(bench, layout);
  const entries = await readContext(folder, join(folder, "Dockerfile"), {
    ignoreFile: builder === "classic" ? "classic" : "buildkit",
  });
  const paths = entries
    .filter(({ description }) => !description.startsWith("folder"))
    .map(({ path }) => path)
    .toSorted();
  const copied = await filesCopied(bench, builder, folder);
  const expected = layout.isGitKept ? copied.filter((path) => path !== ".git/config") : copied;
  assert.deepEqual(paths, expected, `${builder}: ${JSON.stringify(layout)}`);
}

async function refuses(bench: Workbench, builder: Builder, text: string): Promise<void> {
  const folder = await writeContext(bench, { rules: { ".dockerignore": text } });
  const ignoreFile = builder === "classic" ? "classic" : "buildkit";
  const error = await errorOf(() => readContext(folder, join(folder, "Dockerfile"), { ignoreFile }));
  assert.ok(error instanceof ConfigurationError, `${builder}: ${text}`);
  assert.notEqual((await build(bench, builder, folder)).code, 0, `${builder}: ${text}`);
}

async function writeContext(bench: Workbench, { rules, link }: Layout): Promise<string> {
  const folder = join(dirname(bench.context), "ignoring");
  await rm(folder, { recursive: true, force: true });
  const texts = Object.fromEntries(files.map((file) => [file, file]));
  for (const [path, text] of Object.entries({ ...texts, Dockerfile: "FROM scratch\nCOPY . /\n", ...rules })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await chmod(join(folder, "a/b/file"), 0o750);
  await mkdir(join(folder, "empty"));
  await symlink("../keep.md", join(folder, "sub/link"));
  if (link !== undefined) await symlink(link, join(folder, ".dockerignore"));
  return folder;
}

const image = "rainbow-check:ignoring";

function build(bench: Workbench, builder: Builder, folder: string): ReturnType<typeof attempt> {
  return attempt(["docker", "build", "--quiet", "--tag", image, folder], {
    env: {
      ...process.env,
      DOCKER_CONFIG: bench.configs[builder],
      DOCKER_BUILDKIT: builder === "classic" ? "0" : "1",
    },
  });
}

async function filesCopied(bench: Workbench, builder: Builder, folder: string): Promise<string[]> {
  const { code, stdout, stderr } = await build(bench, builder, folder);
  assert.equal(code, 0, `${stdout}${stderr}`);
  const container = (await run(["docker", "create", image, "none"])).trim();
  try {
    const archive = join(dirname(folder), "ignoring.tar");
    await run(["docker", "export", "--output", archive, container]);
    const names = (await run(["tar", "--list", "--quoting-style=literal", "--file", archive]))
      .split("\n")
      .filter((name) => name !== "" && !name.endsWith("/"));
    // The engine adds these to every container.
    return names
      .filter((name) => !/^(\.dockerenv|dev\/|etc\/(hosts|hostname|resolv\.conf|mtab)|proc|sys)/.test(name))
      .toSorted();
  } finally {
    await attempt(["docker", "rm", container]);
  }
}
