import fc from "fast-check";
import { expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { withTimeLimit } from "../src/time-limit.ts";

it("takes any number of minutes, also one that is no whole number of milliseconds (property)", () =>
  fc.assert(
    fc.asyncProperty(fc.double({ min: 0.1, max: 720, noNaN: true }), async (timeoutMinutes) => {
      expect(await withTimeLimit({ timeoutMinutes }, { clock: simulatedClock() }, async () => "done")).toBe("done");
    }),
  ));
