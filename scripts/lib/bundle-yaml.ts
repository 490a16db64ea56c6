// The parser of YAML as a file of its own beside index.js: few runs read YAML, and reading its code takes Node 1.5 ms.
// `import()` would do for what may be asynchronous, but inputs are read by functions that are not.
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../infra/local/paths.ts";
import type { Rewrite } from "./bundle-rewrites.ts";

const parser = join(root, "actions/shared/src/yaml.ts");
const fileName = "yaml.js";

/** Its function loads the file. `__non_webpack_require__` is Node's `require` in what ncc makes. */
export const yamlOnDemand: Rewrite = {
  filter: /\/actions\/shared\/src\/yaml\.ts$/,
  rewrite: (text, path) => {
    const names = [...text.matchAll(/^export (?!type )\w+ (\w+)/gm)].map(([, name]) => name);
    if (names.join() !== "parseYaml") throw new Error(`${path} exports ${names.join(", ")}, not only parseYaml`);
    return `export const parseYaml = (...given) => __non_webpack_require__("./${fileName}").parseYaml(...given);`;
  },
};

/** Writes the file; returns its size, and the files that are in it. */
export async function writeYamlParser(out: string, target: string): Promise<{ bytes: number; inputs: string[] }> {
  const { metafile } = await build({
    entryPoints: [parser],
    outfile: join(out, fileName),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target,
    format: "cjs",
    tsconfigRaw: {},
    minify: true,
    metafile: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "error",
  });
  const [bytes = 0] = Object.values(metafile.outputs).map((file) => file.bytes);
  return { bytes, inputs: Object.keys(metafile.inputs) };
}
