// Schemas of clients, each a module of its own, are those of the SDK.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { pastIndexFiles } from "./bundle-index-files.ts";
import { rewritten } from "./bundle-rewrites.ts";
import { oneByOne, registriesOnly } from "./bundle-schemas.ts";

type Schemas = Record<string, unknown>;

async function load(client: string, names: string[], plugins: Plugin[]): Promise<Schemas> {
  const path = `./node_modules/@aws-sdk/${client}/dist-es/schemas/schemas_0.js`;
  const outfile = join(makeTestFolder("bundle-schemas-"), "schemas.mjs");
  const lines = names.map((name) =>
    plugins.length > 0 ? `export { ${name} } from "${path}?${name}";` : `export { ${name} } from "${path}";`,
  );
  await build({
    stdin: { contents: lines.join("\n"), resolveDir: root, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
    format: "esm",
    plugins,
    logLevel: "error",
  });
  return (await import(pathToFileURL(outfile).href)) as Schemas;
}

/** A schema with what it refers to, each once. */
function written(schema: unknown, seen = new Set<unknown>()): unknown {
  if (typeof schema === "function") return written((schema as () => unknown)(), seen);
  if (typeof schema !== "object" || schema === null) return schema;
  if (seen.has(schema)) return `again: ${String((schema as unknown[])[2])}`;
  seen.add(schema);
  return Array.isArray(schema)
    ? schema.map((one) => written(one, seen))
    : Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, written(value, seen)]));
}

it.each(["client-ecs", "client-s3", "client-ssm", "client-cloudwatch-logs", "client-rds"])("%s", async (client) => {
  const text = readFileSync(join(root, "node_modules/@aws-sdk", client, "dist-es/schemas/schemas_0.js"), "utf8");
  const operations = [...text.matchAll(/^export var (\w+\$) = \[9,/gm)].map(([, name = ""]) => name);
  expect(operations.length).toBeGreaterThan(20);
  const expected = await load(client, operations, []);
  const ours = await load(client, operations, [rewritten([registriesOnly, pastIndexFiles]), oneByOne]);
  for (const name of operations) expect(written(ours[name]), name).toEqual(written(expected[name]));
});
