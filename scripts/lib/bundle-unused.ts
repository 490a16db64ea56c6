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

export const withoutUnused: Plugin[] = [onlyVersions, withoutCoreSummary];
