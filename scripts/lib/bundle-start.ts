// One module of what every run reads. esbuild divides it into files, by which parts of a bundle share what, and ncc makes
// a module of each file, with a function for each name that another one imports: a millisecond of every start.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** As esbuild writes them, with names or without. */
const imports = /^import (?:\{([^{}]*)\} from )?"\.\/([^"]+\.js)";$/gm;

/**
 * Merges index.js with the files that it imports. The others, which are imported with `import()`, have their names from
 * it then.
 *
 * @param folder what esbuild has written, with code splitting, and is changed.
 */
export async function mergeStart(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".js")).toSorted();
  const texts = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
  const start = reachedFrom("index.js", texts);
  const later = new Map([...texts].filter(([name]) => !start.has(name)));
  const exports = new Exports();
  const rewritten = [...later].map(([name, text]) => [name, withNamesFromStart(text, start, exports)] as const);
  const { outputFiles } = await build({
    stdin: { contents: `${exports.text()}\nimport "./index.js";`, resolveDir: folder },
    bundle: true,
    write: false,
    platform: "node",
    target: "esnext",
    format: "esm",
    tsconfigRaw: {},
    minifySyntax: true,
    legalComments: "none",
    charset: "utf8",
    external: [...later.keys()].map((name) => `./${name}`),
    logLevel: "error",
  });
  for (const name of start) await rm(join(folder, name));
  for (const [name, text] of [["index.js", outputFiles[0]?.text ?? ""] as const, ...rewritten])
    await writeFile(join(folder, name), text);
}

/** Files that are loaded with `name`, which is one of them. */
function reachedFrom(name: string, texts: ReadonlyMap<string, string>, reached = new Set<string>()): Set<string> {
  if (reached.has(name)) return reached;
  reached.add(name);
  for (const [, , file = ""] of (texts.get(name) ?? "").matchAll(imports)) reachedFrom(file, texts, reached);
  return reached;
}

/** Names that index.js exports, which are short: file and name in it → name. */
class Exports {
  private readonly names = new Map<string, Map<string, string>>();
  private count = 0;

  nameOf(file: string, name: string): string {
    const names = this.names.get(file) ?? new Map<string, string>();
    this.names.set(file, names);
    const known = names.get(name) ?? `s${(this.count += 1)}`;
    names.set(name, known);
    return known;
  }

  text(): string {
    return [...this.names]
      .map(([file, names]) => {
        const list = [...names].map(([name, as]) => `${name} as ${as}`);
        return `export { ${list.join(", ")} } from "./${file}";`;
      })
      .join("\n");
  }
}

function withNamesFromStart(text: string, start: ReadonlySet<string>, exports: Exports): string {
  return text.replaceAll(imports, (line, list: string | undefined, file: string) => {
    if (!start.has(file)) return line;
    const names = (list ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .map((one) => {
        const [name = "", as = name] = one.split(" as ");
        return `${exports.nameOf(file, name)} as ${as}`;
      });
    return names.length === 0 ? "" : `import { ${names.join(", ")} } from "./index.js";`;
  });
}
