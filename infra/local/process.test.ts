import { describe, expect, it } from "vitest";
import { attempt, run, until } from "./process.ts";

describe("attempt", () => {
  it("passes input, and returns exit code and output", async () => {
    const result = await attempt(["sh", "-c", "cat; echo problem >&2; exit 3"], { input: "hello" });
    expect(result).toEqual({ code: 3, stdout: "hello", stderr: "problem\n" });
  });

  it("returns 127 for a program that does not exist", async () => {
    expect((await attempt(["no-such-program-here"])).code).toBe(127);
  });

  it("reports each line once, including a last line without a newline", async () => {
    const lines: string[] = [];
    await attempt(["printf", "a\\nb\\nc"], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b", "c"]);
  });
});

describe("run", () => {
  it("fails with the last lines and a remedy", async () => {
    await expect(run(["sh", "-c", "echo no space left; exit 1"], { remedy: "Free up space." })).rejects.toMatchObject({
      message: expect.stringContaining("no space left"),
      remedy: "Free up space.",
    });
  });
});

describe("until", () => {
  it("returns whether the condition became true in time, and retries a condition that throws", async () => {
    let calls = 0;
    const third = async () => {
      calls += 1;
      if (calls === 1) throw new Error("not yet");
      return calls === 3;
    };
    expect(await until(third, { seconds: 5, every: 1 })).toBe(true);
    expect(await until(async () => false, { seconds: 0.05, every: 10 })).toBe(false);
  });
});
