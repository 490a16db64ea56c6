// Bundles each action and the command line into dist/index.js: esbuild removes unused code, ncc packages the result.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { build, transform, type Plugin } from "esbuild";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { withoutUnused } from "./bundle-unused.ts";

/** Folders that are bundled from src/index.ts and whose dist/ is committed. */
export async function bundledFolders(): Promise<string[]> {
  const entries = await readdir(join(root, "actions"), { withFileTypes: true });
  return [
    ...entries.filter((entry) => entry.isDirectory() && entry.name !== "shared").map(({ name }) => `actions/${name}`),
    "cli",
  ];
}

/**
 * These packages have no side effects on import, but not all declare it; esbuild would keep them entirely, above all
 * undici, which @actions/core needs only for OIDC tokens.
 */
const withoutSideEffects: Plugin = {
  name: "without-side-effects",
  setup(plugin) {
    plugin.onResolve({ filter: /^(@actions|@aws-sdk|@smithy|@aws-crypto|undici|tslib)/ }, async (request) => {
      if (request.pluginData === "resolved") return undefined;
      const { path, external, errors } = await plugin.resolve(request.path, {
        kind: request.kind,
        importer: request.importer,
        resolveDir: request.resolveDir,
        pluginData: "resolved",
      });
      return errors.length > 0 ? { errors } : { path, external, sideEffects: false };
    });
  },
};

/**
 * The SDK has a class and a schema for each error of a service, 130 for SSM alone, but this code checks only `name`.
 * Without registration an error is an instance of the service's base class, with AWS's name and message. The SDK also
 * uses constants as keys of schemas, `{ [_e]: … }`, which esbuild assumes to have side effects: with plain keys it
 * removes the schemas of calls that are not used.
 */
const onlyUsedSchemas: Plugin = {
  name: "only-used-schemas",
  setup(plugin) {
    plugin.onLoad(
      { filter: /@aws-sdk\/(client-[\w-]+|nested-clients)\/dist-es\/(.+\/)?schemas\/schemas_0\.js$/ },
      async ({ path }) => {
        const text = await readFile(path, "utf8");
        const constants = new Map(
          [...text.matchAll(/^const (_\w+) = "([^"]*)";$/gm)].map(([, name = "", value]) => [name, value]),
        );
        const plain = text.replaceAll(/\[(_\w+)\]:/g, (all, name: string) =>
          constants.has(name) ? `${JSON.stringify(constants.get(name))}:` : all,
        );
        const countUses = (schema: string) =>
          plain.match(new RegExp(`\\b${schema.replace("$", "\\$")}`, "g"))?.length ?? 0;
        // Occurs twice: declared, registered, and not used.
        const contents = plain.replaceAll(
          /^export var (\w+\$) = \[-3, n0,[^;]*?\];\nn0_registry\.registerError\(.+\);$/gm,
          (all, schema: string) => (countUses(schema) === 2 ? "" : all),
        );
        if (contents === plain || plain === text)
          throw new Error(`${path} has an unexpected format; see onlyUsedSchemas in scripts/lib/bundle.ts`);
        return { contents, loader: "js" };
      },
    );
  },
};

/**
 * An ES module has no `require`: what a CommonJS package requires of Node itself is asked of Node. Before 22.3 it answers
 * only through the main module, which is one of CommonJS.
 */
const builtinsOfCommonJs: Plugin = {
  name: "builtins-of-commonjs",
  setup(plugin) {
    plugin.onResolve({ filter: /^[\w:/]+$/ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path) ? { path, namespace: "builtin" } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = (process.getBuiltinModule ?? ((name) => process.mainModule.require(name)))(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

const browserLoginMessage =
  "This profile logs in through a browser, which an action cannot do. " +
  "Give the job a role (aws-actions/configure-aws-credentials), or use the command line.";

/**
 * Removes profiles that log in through a browser: runners have none, and their code is a tenth of a bundle. Roles, web
 * identity, containers, instances, and profiles with keys, roles or processes are kept. The command line keeps
 * everything.
 */
const withoutBrowserLogin: Plugin = {
  name: "without-browser-login",
  setup(plugin) {
    plugin.onResolve({ filter: /^@aws-sdk\/credential-provider-(sso|login)$/ }, ({ path }) => ({
      path,
      namespace: "browser-login",
    }));
    plugin.onLoad({ filter: /.*/, namespace: "browser-login" }, () => ({
      contents: [
        `const message = ${JSON.stringify(browserLoginMessage)};`,
        'const error = () => Object.assign(new Error(message), { name: "CredentialsProviderError" });',
        "const refused = () => async () => { throw error(); };",
        "export const fromSSO = refused, fromLoginCredentials = refused;",
        "export const isSsoProfile = () => false, validateSsoProfile = (profile) => profile;",
      ].join("\n"),
      loader: "js",
    }));
  },
};

/** No call used here streams events, but the CloudWatch Logs client has one that would. */
const withoutEventStreams: Plugin = {
  name: "without-event-streams",
  setup(plugin) {
    plugin.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path }) => ({
      path,
      namespace: "event-streams",
      sideEffects: false,
    }));
    plugin.onLoad({ filter: /.*/, namespace: "event-streams" }, () => ({
      contents: [
        'const message = "Event streams are not part of this bundle (scripts/lib/bundle.ts).";',
        "const missing = () => { throw new Error(message); };",
        "export const resolveEventStreamSerdeConfig = (config) => config;",
        "export const eventStreamSerdeProvider = missing, EventStreamSerde = missing;",
      ].join("\n"),
      loader: "js",
    }));
  },
};

/** pg loads its optional native variant only if that is requested explicitly, which this code never does. */
const withoutNativePostgres: Plugin = {
  name: "without-native-postgres",
  setup(plugin) {
    plugin.onResolve({ filter: /^pg-native$/ }, ({ path }) => ({ path, namespace: "pg-native" }));
    plugin.onLoad({ filter: /.*/, namespace: "pg-native" }, () => ({
      contents: [
        'const error = new Error("pg-native is not part of this bundle (scripts/lib/bundle.ts).");',
        'throw Object.assign(error, { code: "MODULE_NOT_FOUND" });',
      ].join("\n"),
      loader: "js",
    }));
  },
};

/**
 * Bundles one folder: writes index.js, what it loads on demand (NUMBER.index.js), package.json and licenses.txt into
 * `out`.
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
    await packaged(join(work, "parts/index.js"), join(work, "out"));
    const files = (await readdir(join(work, "out"))).filter((file) => file.endsWith("index.js"));
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const sizes = new Map<string, number>();
    for (const file of files) {
      const code = await minified(await readFile(join(work, "out", file), "utf8"));
      await writeFile(join(out, file), code);
      sizes.set(file, Buffer.byteLength(code));
    }
    await writeFile(join(out, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
    if (connectsToDatabase(folder)) await copyFile(rdsCertificates, join(out, "rds-certificates.pem"));
    if (await hasPostStep(folder)) await writeFile(join(out, "post.js"), postStep);
    await writeFile(join(out, "licenses.txt"), await licenses(inputs));
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
    target: isAction ? "node24" : "node22",
    // The SDK's ES modules can be tree-shaken, its CommonJS files cannot (490 kB instead of 780 kB).
    mainFields: ["module", "main"],
    format: "esm",
    minifySyntax: true,
    plugins: [
      topLevelAwait(),
      onlyUsedSchemas,
      ...withoutUnused,
      withoutEventStreams,
      withoutNativePostgres,
      ...(isAction ? [withoutBrowserLogin] : []),
      builtinsOfCommonJs,
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
          "replace it, as scripts/lib/bundle.ts does with pg-native.",
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

const minified = async (code: string): Promise<string> =>
  (await transform(code, { minify: true, charset: "utf8", legalComments: "none" })).code;

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
function topLevelAwait(): Plugin {
  return {
    name: "top-level-await",
    setup(plugin) {
      plugin.onLoad({ filter: /actions\/[\w-]+\/src\/index\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replace(/^await runAction/m, "void runAction"),
        loader: "ts",
      }));
    },
  };
}

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
