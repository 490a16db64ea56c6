import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { withSharedOnce } from "./bundle-shared.ts";

/** As ncc writes it. */
const chunk = (id: number, modules: Record<number, string>): string =>
  `"use strict";\nexports.id = ${id};\nexports.ids = [${id}];\nexports.modules = {\n\n${Object.entries(modules)
    .map(([key, code]) => `/***/ ${key}:\n/***/ ((module) => {\n\nmodule.exports = ${code};\n\n\n/***/ })`)
    .join(",\n\n")}\n\n};\n;`;

it("writes what several files have once, and each of them still has it", () => {
  const files = new Map([
    ["1.index.js", chunk(1, { 1: '"one"', 7: '"seven"', 8: '"eight"' })],
    ["2.index.js", chunk(2, { 2: '"two"', 7: '"seven"', 8: '"eight"' })],
    ["3.index.js", chunk(3, { 3: '"three"', 8: '"eight"' })],
    ["4.index.js", chunk(4, { 4: '"four, }),"' })],
  ]);
  const written = withSharedOnce(files);
  expect([...written.keys()].toSorted()).toEqual([...files.keys(), "shared-7.index.js", "shared-8.index.js"]);
  expect([...written.values()].join("").split('"eight"').length).toBe(2);
  const folder = makeTestFolder("bundle-shared-");
  for (const [name, text] of written) writeFileSync(join(folder, name), text);
  const load = createRequire(join(folder, "index.js"));
  const modulesOf = (name: string) => Object.keys((load(`./${name}`) as { modules: object }).modules);
  expect(modulesOf("1.index.js")).toEqual(["1", "7", "8"]);
  expect(modulesOf("2.index.js")).toEqual(["2", "7", "8"]);
  expect(modulesOf("3.index.js")).toEqual(["3", "8"]);
  expect(modulesOf("4.index.js")).toEqual(["4"]);
});

it("reads the list that webpack writes for a small ID", () => {
  const list = (text: string) =>
    text
      .replace("exports.modules = {\n\n/***/ 2:\n", "exports.modules = [\n/* 0 */,\n/* 1 */,\n/* 2 */\n")
      .replace("\n\n};\n;", "\n];\n;");
  const object = chunk(9, { 2: '"two"' });
  expect(list(object)).toMatch(/exports\.modules = \[\n[^]*\n\];\n;$/);
  expect(withSharedOnce(new Map([["9.index.js", list(object)]]))).toEqual(
    withSharedOnce(new Map([["9.index.js", object]])),
  );
});

it("keeps modules apart that have one ID and different text", () => {
  const written = withSharedOnce(
    new Map([
      ["1.index.js", chunk(1, { 7: '"seven"' })],
      ["2.index.js", chunk(2, { 7: '"another"' })],
    ]),
  );
  expect([...written.keys()]).toEqual(["1.index.js", "2.index.js"]);
});

it.each([
  ["another file", "exports.modules={}"],
  ["another module", chunk(1, { 1: "1" }).replace("/***/ 1:", "/***/ one:")],
])("refuses %s than ncc's", (_what, text) => {
  expect(() => withSharedOnce(new Map([["1.index.js", text]]))).toThrow(
    /ncc writes its (files|modules) in another way/,
  );
});
