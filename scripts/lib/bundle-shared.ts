// What several of the files that load on demand contain, once: ncc writes a module into each of them that may be the
// first to be loaded.

const opening = "\nexports.modules = {\n";
const closing = /\s*\};\s*;?\s*$/;

/** One file as ncc writes it: what comes before its modules, and the modules, a comment with an ID and a function each. */
interface Parts {
  head: string;
  /** ID → text. */
  modules: Map<string, string>;
}

/**
 * @param files name → text, of what ncc loads on demand.
 * @returns the same files, and `shared-ID.index.js` for each set of modules that several of them have.
 */
export function withSharedOnce(files: ReadonlyMap<string, string>): Map<string, string> {
  const parts = new Map([...files].map(([name, text]) => [name, partsOf(name, text)]));
  const owners = Map.groupBy(
    [...parts].flatMap(([name, { modules }]) => [...modules].map(([id, text]) => ({ name, id, text }))),
    ({ id, text }) => `${id}\n${text}`,
  );
  const shared = [...owners.values()].filter((modules) => modules.length > 1);
  const groups = Map.groupBy(shared, (modules) => modules.map(({ name }) => name).join());
  const written = new Map<string, string>();
  for (const group of groups.values()) {
    const modules = group.flatMap(([first]) => (first ? [first] : [])).toSorted((a, b) => Number(a.id) - Number(b.id));
    const file = `shared-${modules[0]?.id}.index.js`;
    if (written.has(file)) throw new Error(`${file}: ncc has written two modules with one ID`);
    written.set(
      file,
      fileOf(
        '"use strict";',
        modules.map(({ text }) => text),
      ),
    );
    for (const { name } of group[0] ?? []) {
      const part = parts.get(name);
      for (const { id } of modules) part?.modules.delete(id);
      part?.modules.set(file, `...require("./${file}").modules`);
    }
  }
  for (const [name, { head, modules }] of parts) written.set(name, fileOf(head, [...modules.values()]));
  return written;
}

const fileOf = (head: string, modules: string[]): string => `${head}${opening}\n${modules.join(",\n\n")}\n\n};\n`;

/**
 * webpack writes a list instead, with gaps, where that is shorter: for a module whose number is by chance 0, 1 or 2.
 */
function asObject(text: string): string {
  const [head = "", list] = text.split("\nexports.modules = [\n", 2);
  if (list === undefined) return text;
  const modules = list
    .replaceAll(/^\/\* \d+ \*\/,\n/gm, "")
    .replaceAll(/^\/\* (\d+) \*\/\n(?=\/\*{3}\/ )/gm, "/***/ $1:\n")
    .replace(/\n\];(\s*;?\s*)$/, "\n};$1");
  return `${head}${opening}${modules}`;
}

function partsOf(name: string, file: string): Parts {
  const text = asObject(file);
  const [head = "", body] = text.split(opening, 2);
  if (body === undefined || !closing.test(body)) throw new Error(`${name}: ncc writes its files in another way now`);
  const modules = body.replace(closing, "").split(/^(?=\/\*\*\*\/ \d+:$)/m);
  return {
    head,
    modules: new Map(
      modules
        .map((module) => module.trim().replace(/,$/, ""))
        .filter((module) => module !== "")
        .map((module) => {
          const id = /^\/\*\*\*\/ (\d+):\n/.exec(module)?.[1];
          if (id === undefined) throw new Error(`${name}: ncc writes its modules in another way now`);
          return [id, module];
        }),
    ),
  };
}
