// Imports past the index files of the SDK: esbuild gives a file to every part of a bundle that can reach it, and through
// an index everything can be reached. What only a later part uses would be read at the start of every run.
import { readFile } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { isOneByOne } from "./bundle-schemas.ts";
import type { Rewrite } from "./bundle-rewrites.ts";

/** What a file of the SDK exports. */
interface Exports {
  /** Declared in it. */
  own: ReadonlySet<string>;
  /** Name → the file that it comes from, and its name there. */
  others: ReadonlyMap<string, Origin>;
  /** Files of which it exports everything. */
  all: string[];
}

interface Origin {
  from: string;
  name: string;
}

type Resolve = (from: string, importer: string) => Promise<string | undefined>;

const sdk = /\/node_modules\/@(?:aws-sdk|smithy)\/[^/]+\/dist-es\/.+\.js$/;
/** Modules as the SDK's compiler and our formatter write them. */
const imports = /^import \{([^{}]*)\} from "(@(?:aws-sdk|smithy)\/[^"]+|\.[^"]*)";$/gm;

/** Each name of an import is imported from the file that declares it. */
export const pastIndexFiles: Rewrite = {
  filter: /(?:\/(?:actions|cli)\/.+\.ts|\/@(?:aws-sdk|smithy)\/[^/]+\/dist-es\/.+\.js)$/,
  rewrite: async (text, path, resolve) => {
    const lines = await Promise.all(
      [...text.matchAll(imports)].map(async ([line, names = "", from = ""]) => {
        const file = await resolve(from, path);
        return file !== undefined && sdk.test(file) ? direct({ path, file, names, from }, resolve) : line;
      }),
    );
    return text.replaceAll(imports, () => lines.shift() ?? "");
  },
};

/** The import of `file` in `path`, one line for each name: line numbers do not matter in a bundle. */
async function direct(
  { path, file, names, from }: { path: string; file: string; names: string; from: string },
  resolve: Resolve,
): Promise<string> {
  const lines = await Promise.all(
    namesIn(names).map(async ({ name, as }) => {
      const origin = await declared(file, name, resolve);
      const module = origin === undefined ? from : `${relativeTo(path, origin.from)}${partOf(origin)}`;
      return `import { ${origin?.name ?? name} as ${as} } from ${JSON.stringify(module)};`;
    }),
  );
  return lines.join("");
}

/** undefined: not found, as with what is no file of the SDK. */
async function declared(file: string, name: string, resolve: Resolve): Promise<Origin | undefined> {
  if (!sdk.test(file)) return undefined;
  const { own, others, all } = await exportsOf(file);
  if (own.has(name)) return { from: file, name };
  const other = others.get(name);
  const next = other && (await resolve(other.from, file));
  if (next !== undefined && other) return declared(next, other.name, resolve);
  for (const from of all) {
    const inner = await resolve(from, file);
    const found = inner === undefined ? undefined : await declared(inner, name, resolve);
    if (found) return found;
  }
  return undefined;
}

const known = new Map<string, Promise<Exports>>();

function exportsOf(file: string): Promise<Exports> {
  const exports = known.get(file) ?? readFile(file, "utf8").then(exportsIn);
  known.set(file, exports);
  return exports;
}

function exportsIn(text: string): Exports {
  const others = [...text.matchAll(/^export \{([^{}]*)\} from "([^"]+)";$/gm)].flatMap(([, names = "", from = ""]) =>
    namesIn(names).map(({ name, as }) => [as, { from, name }] as const),
  );
  const own = [...text.matchAll(/^export (?:async )?(?:const|let|var|class|function\*?) ([\w$]+)/gm)];
  return {
    own: new Set(own.map(([, name = ""]) => name)),
    others: new Map(others),
    all: [...text.matchAll(/^export \* from "([^"]+)";$/gm)].map(([, from = ""]) => from),
  };
}

/** `a, b as c, type D`, without the types. */
const namesIn = (list: string): { name: string; as: string }[] =>
  list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.startsWith("type "))
    .map((one) => {
      const [name = "", as = name] = one.split(" as ");
      return { name, as };
    });

/** A schema is a module of its own, which its file does not have any more. */
const partOf = ({ from, name }: Origin): string => (isOneByOne(from, name) ? `?${name}` : "");

function relativeTo(path: string, file: string): string {
  const way = relative(dirname(path), file).split(sep).join("/");
  return way.startsWith(".") ? way : `./${way}`;
}
