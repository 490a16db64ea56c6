// Changes of source text before esbuild reads it; several can apply to one file, unlike functions of plugins.
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";

export interface Rewrite {
  /** Of paths, with `/`. */
  filter: RegExp;
  /** @param resolve gives the file that `importer` imports as `from`; undefined: none, as with what is part of Node. */
  rewrite: (
    text: string,
    path: string,
    resolve: (from: string, importer: string) => Promise<string | undefined>,
  ) => string | Promise<string>;
}

/** In this order. */
export const rewritten = (rewrites: Rewrite[]): Plugin => ({
  name: "rewritten",
  setup(plugin) {
    const resolved = new Map<string, Promise<string | undefined>>();
    const resolve = (from: string, importer: string) => {
      const key = `${importer} ${from}`;
      const known =
        resolved.get(key) ??
        plugin
          .resolve(from, { kind: "import-statement", importer, resolveDir: dirname(importer) })
          .then(({ path, namespace }) => (namespace === "file" ? path : undefined));
      resolved.set(key, known);
      return known;
    };
    plugin.onLoad({ filter: /\.[jt]s$/, namespace: "file" }, async ({ path }) => {
      const due = rewrites.filter(({ filter }) => filter.test(path));
      if (due.length === 0) return undefined;
      let text = await readFile(path, "utf8");
      for (const { rewrite } of due) text = await rewrite(text, path, resolve);
      return { contents: text, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
});
