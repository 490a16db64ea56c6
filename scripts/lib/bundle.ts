// Bundles each action and the command line into dist/index.js: esbuild removes unused code, ncc packages the result.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, transform } from "esbuild";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import {
  builtinsOfCommonJs,
  filesOnDemand,
  withoutBrowserLogin,
  withoutEventStreams,
  withoutNativePostgres,
  withoutSideEffects,
} from "./bundle-plugins.ts";
import { pastIndexFiles } from "./bundle-index-files.ts";
import { rewritten, type Rewrite } from "./bundle-rewrites.ts";
import { oneByOne, registriesOnly } from "./bundle-schemas.ts";
import { withSharedOnce } from "./bundle-shared.ts";
import { mergeStart } from "./bundle-start.ts";
import { withoutUnused } from "./bundle-unused.ts";
import { writeYamlParser, yamlOnDemand } from "./bundle-yaml.ts";

/** Folders that are bundled from src/index.ts and whose dist/ is committed. */
export async function bundledFolders(): Promise<string[]> {
  const entries = await readdir(join(root, "actions"), { withFileTypes: true });
  return [
    ...entries.filter((entry) => entry.isDirectory() && entry.name !== "shared").map(({ name }) => `actions/${name}`),
    "cli",
  ];
}

/**
 * Bundles one folder: writes index.js, what it loads on demand (NUMBER.index.js, shared-NUMBER.index.js, yaml.js),
 * package.json and licenses.txt into `out`.
 *
 * @returns the sizes in bytes: of index.js, which every run loads, and of all the code
 */
export async function bundle(folder: string, out: string): Promise<{ index: number; all: number }> {
  // Inside the repository, because webpack derives module numbers from paths relative to this folder: elsewhere they
  // would depend on the location of the clone.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  const work = await mkdtemp(join(root, "node_modules/.cache/bundle-"));
  try {
    const inputs = await withoutUnusedCode(folder, join(work, "parts"));
    await mergeStart(join(work, "parts"));
    await packaged(join(work, "parts/index.js"), join(work, "out"));
    const files = await packagedFiles(join(work, "out"));
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const sizes = new Map<string, number>();
    for (const [file, text] of files) {
      const code = await minified(text);
      await writeFile(join(out, file), code);
      sizes.set(file, Buffer.byteLength(code));
    }
    await writeFile(join(out, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
    if (connectsToDatabase(folder)) await copyFile(rdsCertificates, join(out, "rds-certificates.pem"));
    if (await hasPostStep(folder)) await writeFile(join(out, "post.js"), postStep);
    const yaml = await writeYamlParser(out, targetOf(folder));
    sizes.set("yaml.js", yaml.bytes);
    await writeFile(join(out, "licenses.txt"), await licenses([...inputs, ...yaml.inputs]));
    return { index: sizes.get("index.js") ?? 0, all: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * As ES modules, since only these can be taken apart: what is imported with `import()` gets files of its own, which
 * cost nothing until they are loaded. Node reads about 25 MB of code a second on a runner.
 *
 * @returns the files that are in it
 */
async function withoutUnusedCode(folder: string, outdir: string): Promise<string[]> {
  const isAction = folder !== "cli";
  const result = await build({
    entryPoints: [join(root, folder, "src/index.ts")],
    outdir,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    platform: "node",
    target: targetOf(folder),
    // The SDK's ES modules can be tree-shaken, its CommonJS files cannot (490 kB instead of 780 kB).
    mainFields: ["module", "main"],
    format: "esm",
    // Of tsconfig.json, what is imported and only used as a type would stay.
    tsconfigRaw: {},
    minifySyntax: true,
    plugins: [
      rewritten([topLevelAwait, registriesOnly, yamlOnDemand, pastIndexFiles]),
      oneByOne,
      ...withoutUnused,
      withoutEventStreams,
      withoutNativePostgres,
      ...(isAction ? [withoutBrowserLogin] : []),
      builtinsOfCommonJs,
      filesOnDemand,
      withoutSideEffects,
    ],
    metafile: true,
    legalComments: "none",
    charset: "utf8",
    define: await definitions(),
    logLevel: "error",
  });
  for (const file of Object.keys(result.metafile.outputs)) {
    const missing = /\b__require\(([^)]+)\)/.exec(await readFile(join(root, file), "utf8"))?.[1];
    if (missing)
      throw new Error(
        `${folder} requires ${missing}, which is not in the bundle: ` +
          "replace it, as scripts/lib/bundle-plugins.ts does with pg-native.",
      );
  }
  return Object.keys(result.metafile.inputs);
}

async function packaged(entry: string, out: string): Promise<void> {
  await mkdir(out);
  // Of no type: for a "module", which the repository is, ncc would write modules, and they start more slowly.
  await writeFile(join(dirname(entry), "package.json"), "{}\n");
  const ncc = join(root, "node_modules/@vercel/ncc/dist/ncc/cli.js");
  const options = ["--out", out, "--target", "es2022", "--quiet"];
  await run([process.execPath, ncc, "build", entry, ...options], { cwd: dirname(entry) });
}

/** Name → text: index.js, and what it loads on demand. */
async function packagedFiles(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((file) => file.endsWith("index.js")).toSorted();
  const texts = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
  const index = texts.get("index.js") ?? "";
  texts.delete("index.js");
  return new Map([["index.js", index], ...withSharedOnce(texts)]);
}

const minified = async (code: string): Promise<string> =>
  (await transform(code, { minify: true, charset: "ascii", legalComments: "none" })).code;

/** The runner's Node, and the oldest one that the command line runs on. */
const targetOf = (folder: string): string => (folder === "cli" ? "node22" : "node24");

const connectsToDatabase = (folder: string): boolean => folder === "actions/db-backup" || folder === "cli";

/** RDS certificate authorities of all regions, as a file because PostgreSQL's programs require one. */
const rdsCertificates = join(root, "actions/db-backup/certificates/rds.pem");

/** Runs the same bundle as the post step of the job. */
const postStep = 'process.env.TOOLKIT_STEP = "post";\nrequire("./index.js");\n';

async function hasPostStep(folder: string): Promise<boolean> {
  const file = folder === "actions/root" ? "action.yml" : join(folder, "action.yml");
  const text = await readFile(join(root, file), "utf8").catch(() => "");
  return text.includes("dist/post.js");
}

/** Constants in bundles: OWNER/REPO, for commands in messages, the version, and the bundle's folder. */
async function definitions(): Promise<Record<string, string>> {
  const { repository, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    repository: string;
    version: string;
  };
  return {
    TOOLKIT_REPOSITORY: JSON.stringify(repository.replace(/^github:/, "")),
    TOOLKIT_VERSION: JSON.stringify(version),
    TOOLKIT_FOLDER: "__dirname",
  };
}

/** Entry files end with `await runAction(…)`; CommonJS has no top-level await, and nothing follows that needs it. */
const topLevelAwait: Rewrite = {
  filter: /\/actions\/[\w-]+\/src\/index\.ts$/,
  rewrite: (text) => {
    if (!/^await runAction\((?:(?!^\}\);)[^])*^\}\);\s*$/m.test(text))
      throw new Error("A statement after runAction would run in a bundle before the action has ended: put it inside.");
    return text.replace(/^await runAction/m, "void runAction");
  },
};

/** The licence of every package in the bundle, by esbuild's metafile: ncc sees only a single file. */
async function licenses(inputs: string[]): Promise<string> {
  const packages = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = [...packages].toSorted().map(async (folder) => {
    const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
      license?: string;
    };
    const file = (await readdir(join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(root, folder, file), "utf8") : "";
    return `${manifest.name} ${manifest.version}\n${manifest.license ?? ""}\n${text}`.trimEnd();
  });
  return `${(await Promise.all(texts)).join("\n\n")}\n`;
}
