import { describe, expect, it } from "vitest";
import { attempt, run, until } from "./process.ts";

describe("attempt", () => {
  it("gives exit code, output and input of a program", async () => {
    const result = await attempt(["sh", "-c", "cat; echo problem >&2; exit 3"], { input: "hello" });
    expect(result).toEqual({ code: 3, stdout: "hello", stderr: "problem\n" });
  });

  it("answers 127 for a program that is not there", async () => {
    expect((await attempt(["no-such-program-here"])).code).toBe(127);
  });

  it("hands over each line once, also the last without a line end", async () => {
    const lines: string[] = [];
    await attempt(["printf", "a\\nb\\nc"], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b", "c"]);
  });
});

describe("run", () => {
  it("fails with the last lines and a remedy", async () => {
    await expect(run(["sh", "-c", "echo no space left; exit 1"], { remedy: "Make room." })).rejects.toMatchObject({
      message: expect.stringContaining("no space left"),
      remedy: "Make room.",
    });
  });
});

describe("until", () => {
  it("says whether the condition came true in time, and survives a condition that throws", async () => {
    let asked = 0;
    const third = async () => {
      asked += 1;
      if (asked === 1) throw new Error("not yet");
      return asked === 3;
    };
    expect(await until(third, { seconds: 5, every: 1 })).toBe(true);
    expect(await until(async () => false, { seconds: 0.05, every: 10 })).toBe(false);
  });
});
