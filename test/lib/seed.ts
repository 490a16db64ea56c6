// Setup file of every test file: property-based tests try the same values in every run, so that what fails one commit
// is the commit. `npm run test:long -- "properties"` tries others.
import { readFileSync } from "node:fs";
import { expect } from "vitest";

const { testPath } = expect.getState();
// Most files need not wait for the library.
if (testPath !== undefined && readFileSync(testPath, "utf8").includes('"fast-check"')) {
  const { configureGlobal } = await import("fast-check");
  configureGlobal({ seed: Number(process.env["RAINBOW_SEED"] ?? 1) });
}
