// Bundles each action and the command line into dist/index.js: esbuild removes unused code, ncc packages the result.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
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
 * Bundles one folder: writes index.js, package.json and licenses.txt into `out`.
 *
 * @returns the size of index.js in bytes
 */
export async function bundle(folder: string, out: string): Promise<number> {
  // Inside the repository, because webpack derives module numbers from paths relative to this folder: elsewhere they
  // would depend on the location of the clone.
  await mkdir(join(root, "node_modules/.cache"), { recursive: true });
  const work = await mkdtemp(join(root, "node_modules/.cache/bundle-"));
  const isAction = folder !== "cli";
  try {
    const entry = join(work, "index.cjs");
    const result = await build({
      entryPoints: [join(root, folder, "src/index.ts")],
      outfile: entry,
      absWorkingDir: root,
      bundle: true,
      minify: true,
      platform: "node",
      target: isAction ? "node24" : "node22",
      // The SDK's ES modules can be tree-shaken, its CommonJS files cannot (490 kB instead of 780 kB).
      mainFields: ["module", "main"],
      format: "cjs",
      plugins: [
        topLevelAwait(),
        onlyUsedSchemas,
        ...withoutUnused,
        withoutEventStreams,
        withoutNativePostgres,
        ...(isAction ? [withoutBrowserLogin] : []),
        withoutSideEffects,
      ],
      metafile: true,
      legalComments: "none",
      charset: "utf8",
      define: await definitions(),
      logLevel: "error",
    });
    await mkdir(join(work, "out"));
    await run(
      [
        process.execPath,
        join(root, "node_modules/@vercel/ncc/dist/ncc/cli.js"),
        "build",
        entry,
        "--out",
        join(work, "out"),
        "--target",
        "es2022",
        "--quiet",
      ],
      { cwd: work },
    );
    const outputs = await readdir(join(work, "out"));
    const packaged = outputs.find((file) => /^index\.c?js$/.test(file)) ?? "index.js";
    const code = await readFile(join(work, "out", packaged), "utf8");
    // ncc would number a missing module by the location of the clone, and each clone would write a different bundle.
    const missing = /eval\("require"\)\("([^"]+)"\)/.exec(code)?.[1];
    if (missing)
      throw new Error(
        `${folder} requires ${missing}, which is not in the bundle: ` +
          "replace it, as scripts/lib/bundle.ts does with pg-native.",
      );
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "index.js"), code);
    await writeFile(join(out, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
    if (connectsToDatabase(folder)) await copyFile(rdsCertificates, join(out, "rds-certificates.pem"));
    if (await hasPostStep(folder)) await writeFile(join(out, "post.js"), postStep);
    await writeFile(join(out, "licenses.txt"), await licenses(Object.keys(result.metafile.inputs)));
    return Buffer.byteLength(code);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

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
