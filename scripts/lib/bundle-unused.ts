// Removes parts of packages that bundlers keep although they are not used.
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** The SDK imports its package.json for the version in the user agent; the rest is 2 to 4 kB of each client. */
const onlyVersions: Plugin = {
  name: "only-versions",
  setup(plugin) {
    plugin.onLoad({ filter: /@aws-sdk\/(client-[\w-]+|nested-clients)\/package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, "utf8")) as { version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/** @actions/core creates a Summary on import, but summaries are written by actions/shared/src/summary. */
const withoutCoreSummary: Plugin = {
  name: "without-core-summary",
  setup(plugin) {
    plugin.onLoad({ filter: /@actions\/core\/lib\/summary\.js$/ }, () => ({
      contents: "export const summary = undefined, markdownSummary = undefined;",
      loader: "js",
    }));
  },
};

/** Of the language server's eighty types, 28 kB, dockerfile-ast makes two, and reads what it makes. */
const onlyPositions: Plugin = {
  name: "only-positions",
  setup(plugin) {
    plugin.onLoad({ filter: /vscode-languageserver-types\/lib\/esm\/main\.js$/ }, () => ({
      contents: [
        "export const Position = { create: (line, character) => ({ line, character }) };",
        "const range = (start, end) => ({ start, end });",
        "export const Range = { create: (...of) => {",
        "  if (of.length === 2 && of.every((one) => typeof one?.line === 'number')) return range(...of);",
        "  if (of.length !== 4 || !of.every((one) => Number.isInteger(one) && one >= 0)) throw new Error(`Range#create called with invalid arguments[${of}]`);",
        "  return range(Position.create(of[0], of[1]), Position.create(of[2], of[3]));",
        "} };",
      ].join("\n"),
      loader: "js",
    }));
  },
};

export const withoutUnused: Plugin[] = [onlyVersions, withoutCoreSummary, onlyPositions];
