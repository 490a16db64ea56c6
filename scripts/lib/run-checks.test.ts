import { expect, it } from "vitest";
import { batches } from "./run-checks.ts";

it("runs lanes in parallel, and checks without a lane on their own, in the order of the list", () => {
  const checks = [
    { name: "a" },
    { name: "b" },
    { name: "c", lane: "local AWS" as const },
    { name: "d", lane: "local AWS" as const },
    { name: "e", lane: "processor" as const },
    { name: "f" },
    { name: "g", lane: "processor" as const },
  ];
  expect(batches(checks).map((lanes) => lanes.map((lane) => lane.map(({ name }) => name).join("")))).toEqual([
    ["a"],
    ["b"],
    ["cd", "e"],
    ["f"],
    ["g"],
  ]);
});
