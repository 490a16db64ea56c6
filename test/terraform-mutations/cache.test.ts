import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTestFolder } from "../lib/test-folder.ts";
import { VerdictCache } from "./cache.ts";
import type { Verdict } from "./outcomes.ts";

const killed: Verdict = { outcome: "killed", message: "zones takes 10.0.0.0/8" };
const refused: Verdict = { outcome: "refused", message: "one of: [a b]" };

it("a run goes on with what an earlier one has written, but for the line in which it was killed", () => {
  const path = join(makeTestFolder("verdicts-"), "own.jsonl");
  new VerdictCache(path, "none").set("a", killed);
  appendFileSync(path, '{"key":"b","outcome":"kil');
  const next = new VerdictCache(path, "none");
  expect([next.get("a"), next.get("b")]).toEqual([killed, undefined]);
  next.set("c", refused);
  expect(new VerdictCache(path, "none").get("c")).toEqual(refused);
});

it("keeps what a run has used, for checkouts that have no verdicts of their own", () => {
  const folder = makeTestFolder("verdicts-");
  const [own, kept] = [join(folder, "own.jsonl"), join(folder, "kept.jsonl.gz")];
  const earlier = new VerdictCache(own, kept);
  for (const key of ["a", "b", "c"]) earlier.set(key, killed);
  const cache = new VerdictCache(own, kept);
  cache.get("a");
  cache.set("d", refused);
  cache.keep(kept);
  const elsewhere = new VerdictCache(join(folder, "other.jsonl"), kept);
  expect(["a", "b", "d"].map((key) => elsewhere.get(key))).toEqual([
    { outcome: "killed", message: "" },
    undefined,
    refused,
  ]);
});
