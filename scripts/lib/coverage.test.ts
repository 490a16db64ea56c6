import { expect, it } from "vitest";
import { coverageTable } from "./coverage.ts";

it("adds files up to their folders, weighted by lines", () => {
  const file = (covered: number, total: number) => ({ lines: { covered, total }, branches: { covered: 0, total: 0 } });
  const summary = {
    total: file(0, 0),
    "/r/actions/deploy/src/main.ts": file(90, 100),
    "/r/actions/deploy/src/deep/er.ts": file(0, 100),
    "/r/infra/local/lock.mjs": file(1, 3),
  };
  expect(coverageTable(summary, "/r").split("\n").slice(2)).toEqual([
    "| actions/deploy | 45.0 % | – |",
    "| infra/local | 33.3 % | – |",
    "| all | 44.8 % | – |",
  ]);
});
