// What esbuild has to be told about packages, so that a bundle has what runs and nothing else.
import * as files from "node:fs/promises";
import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/**
 * These packages have no side effects on import, but not all declare it; esbuild would keep them entirely, above all
 * undici, which @actions/core needs only for OIDC tokens.
 */
export const withoutSideEffects: Plugin = {
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
 * An ES module has no `require`: what a CommonJS package requires of Node itself is asked of Node. Before 22.3 it answers
 * only through the main module, which is one of CommonJS.
 */
export const builtinsOfCommonJs: Plugin = {
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

/**
 * Node takes 1.5 ms to load node:fs/promises, with its readline, and every run would wait for it before its first call:
 * the SDK looks for a configuration file with `readFile`, which is here Node's older function of the same name. The
 * others load the module when they are called.
 */
export const filesOnDemand: Plugin = {
  name: "files-on-demand",
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:)?fs\/promises$/ }, () => ({
      path: "fs/promises",
      namespace: "files-on-demand",
      sideEffects: false,
    }));
    plugin.onLoad({ filter: /.*/, namespace: "files-on-demand" }, () => ({
      contents: [
        'import fs from "node:fs";',
        'import { promisify } from "node:util";',
        "export const readFile = promisify(fs.readFile), constants = fs.constants;",
        "export default /* @__PURE__ */ new Proxy({}, { get: (_, name) => fs.promises[name] });",
        ...Object.keys(files)
          .filter((name) => name !== "default" && name !== "readFile" && name !== "constants")
          .map((name) => `export const ${name} = (...given) => fs.promises.${name}(...given);`),
      ].join("\n"),
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
export const withoutBrowserLogin: Plugin = {
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
export const withoutEventStreams: Plugin = {
  name: "without-event-streams",
  setup(plugin) {
    plugin.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path }) => ({
      path,
      namespace: "event-streams",
      sideEffects: false,
    }));
    plugin.onLoad({ filter: /.*/, namespace: "event-streams" }, () => ({
      contents: [
        'const message = "Event streams are not part of this bundle (scripts/lib/bundle-plugins.ts).";',
        "const missing = () => { throw new Error(message); };",
        "export const resolveEventStreamSerdeConfig = (config) => config;",
        "export const eventStreamSerdeProvider = missing, EventStreamSerde = missing;",
      ].join("\n"),
      loader: "js",
    }));
  },
};

/** pg loads its optional native variant only if that is requested explicitly, which this code never does. */
export const withoutNativePostgres: Plugin = {
  name: "without-native-postgres",
  setup(plugin) {
    plugin.onResolve({ filter: /^pg-native$/ }, ({ path }) => ({ path, namespace: "pg-native" }));
    plugin.onLoad({ filter: /.*/, namespace: "pg-native" }, () => ({
      contents: [
        'const error = new Error("pg-native is not part of this bundle (scripts/lib/bundle-plugins.ts).");',
        'throw Object.assign(error, { code: "MODULE_NOT_FOUND" });',
      ].join("\n"),
      loader: "js",
    }));
  },
};
