import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { mergeStart } from "./bundle-start.ts";

it("makes one module of what is read first, from which the others take their names", async () => {
  const folder = makeTestFolder("bundle-start-");
  const files = {
    "index.js":
      'import {\n  counter\n} from "./chunk-A.js";\nimport "./chunk-B.js";\n' +
      'globalThis.order.push("index");\n' +
      'globalThis.later = async () => [counter.next(), (await import("./later.js")).value];\n',
    "chunk-A.js":
      'import {\n  name as name2\n} from "./chunk-B.js";\nglobalThis.order.push("A");\n' +
      "var count = 0, counter = { next: () => `${name2} ${count += 1}` };\nexport {\n  counter,\n  counter as same\n};\n",
    "chunk-B.js": 'globalThis.order.push("B");\nvar name = "call";\nexport {\n  name\n};\n',
    "later.js":
      'import {\n  deep\n} from "./chunk-C.js";\nimport {\n  counter as counter2\n} from "./chunk-A.js";\nimport "./chunk-B.js";\n' +
      "export const value = `${counter2.next()}, ${deep}`;\n",
    "chunk-C.js": 'import {\n  name\n} from "./chunk-B.js";\nexport const deep = `deep ${name}`;\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await mergeStart(folder);
  expect(readdirSync(folder).toSorted()).toEqual(["chunk-C.js", "index.js", "later.js"]);
  expect(readFileSync(join(folder, "later.js"), "utf8")).not.toContain("chunk-A");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const order: string[] = [];
  Object.assign(globalThis, { order });
  await import(pathToFileURL(join(folder, "index.js")).href);
  const { later } = globalThis as unknown as { later: () => Promise<string[]> };
  // One counter, and not one for each file.
  expect(await later()).toEqual(["call 1", "call 2, deep call"]);
  expect(order).toEqual(["B", "A", "index"]);
});
