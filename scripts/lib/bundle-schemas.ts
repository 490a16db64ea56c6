// The schemas of a service's client, which the SDK has in one file: what only some calls need of it, and what none does.
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "../../infra/local/paths.ts";
import type { Rewrite } from "./bundle-rewrites.ts";

const schemaFile = /@aws-sdk\/(client-[\w-]+|nested-clients)\/dist-es\/(.+\/)?schemas\/schemas_0\.js$/;

const declarations = /^(?:export )?var ([\w$]+) = ([^;]*);$/gm;
const constants = /^const (_\w+) = ("[^"]*");$/gm;

/** Errors begin with -3 in what the SDK's compiler writes; they stay with their registries. */
const isError = (schema: string): boolean => schema.startsWith("[-3,");

/**
 * The SDK has a class and a schema for each error of a service, 130 for SSM alone, but this code checks only `name`.
 * Without registration an error is an instance of the service's base class, with AWS's name and message. The other
 * schemas are left to {@link oneByOne}.
 */
export const registriesOnly: Rewrite = {
  filter: schemaFile,
  rewrite: (text, path) => {
    const countUses = (schema: string) => text.match(new RegExp(`\\b${schema.replace("$", "\\$")}`, "g"))?.length ?? 0;
    // Occurs twice: declared, registered, and not used.
    const used = text.replaceAll(
      /^export var (\w+\$) = \[-3, n0,[^;]*?\];\nn0_registry\.registerError\(.+\);$/gm,
      (all, schema: string) => (countUses(schema) === 2 ? "" : all),
    );
    const errors = used.replaceAll(declarations, (all, _name, schema: string) => (isError(schema) ? all : ""));
    if (used === text || errors === used || !/^const n0 = /m.test(errors))
      throw new Error(`${path} has an unexpected format; see registriesOnly in scripts/lib/bundle-schemas.ts`);
    return errors.replace(/^const n0 = /m, "export const n0 = ");
  },
};

/**
 * Each schema is a module, so that esbuild puts it where the call is that needs it: the schemas of later calls are not
 * read before the first one. `schemas_0?NAME` is what `pastIndexFiles` makes of an import.
 */
export const oneByOne: Plugin = {
  name: "schemas-one-by-one",
  setup(plugin) {
    const files = new Map<string, Promise<Schemas>>();
    plugin.onResolve({ filter: /\/schemas_0\.js\?/ }, ({ path, resolveDir }) => {
      const [file = "", name = ""] = join(resolveDir, path).split("?");
      return {
        path: `${relative(root, file)}?${name}`,
        namespace: "schema",
        pluginData: { file, name },
        sideEffects: false,
      };
    });
    plugin.onLoad({ filter: /.*/, namespace: "schema" }, async ({ pluginData }) => {
      const { file, name } = pluginData as { file: string; name: string };
      const schemas = files.get(file) ?? readFile(file, "utf8").then(schemasIn);
      files.set(file, schemas);
      return { contents: moduleOf(name, await schemas, basename(file)), loader: "js", resolveDir: dirname(file) };
    });
  },
};

interface Schemas {
  /** Name → JavaScript. */
  declared: ReadonlyMap<string, string>;
  constants: ReadonlyMap<string, string>;
}

const schemasIn = (text: string): Schemas => ({
  declared: new Map([...text.matchAll(declarations)].map(([, name = "", schema = ""]) => [name, schema])),
  constants: new Map([...text.matchAll(constants)].map(([, name = "", value = ""]) => [name, value])),
});

/**
 * Constants are written out: most are used once, and esbuild would take `{ [_e]: … }` for something with side effects,
 * which it cannot leave out.
 */
function moduleOf(name: string, { declared, constants: values }: Schemas, file: string): string {
  const schema = declared.get(name);
  if (schema === undefined) throw new Error(`there is no schema ${name} in ${file}`);
  if (isError(schema)) return `export { ${name} } from "./${file}";`;
  const others = new Set<string>();
  const text = schema
    .replaceAll(/\[(_\w+)\]:/g, (all, key: string) => (values.has(key) ? `${values.get(key)}:` : all))
    .replaceAll(/"[^"]*"|`[^`]*`|[\w$]+/g, (word) => {
      if (declared.has(word) && word !== name) others.add(word);
      return values.get(word) ?? word;
    });
  const imports = [...others].map((other) => {
    const from = isError(declared.get(other) ?? "") ? file : `${file}?${other}`;
    return `import { ${other} } from "./${from}";`;
  });
  return [...imports, `import { n0 } from "./${file}";`, `export var ${name} = ${text};`].join("\n");
}

/** Whether `name` is a schema of a file, for which there is a module. */
export const isOneByOne = (file: string, name: string): boolean => schemaFile.test(file) && name.endsWith("$");
