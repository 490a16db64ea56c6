// No text from outside is a command to the runner; the oracle is a runner after the rules of its source.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { EOL } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { ConfigurationError, FailedError } from "../src/errors.ts";
import { clipLine, jsonLine, printable, printableLine, quotedLines } from "../src/printable.ts";
import { runProcess } from "../src/process.ts";
import { annotate, hide, logGroup, logLine, runAction } from "../src/report.ts";
import { withoutCommands } from "../src/runner-commands.ts";
import { code } from "../src/summary/markup.ts";
import { hostileLines, outputOf, Runner, runnerOf } from "./runner.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

const pieces = [
  ...hostileLines,
  ..."::##[]= \t\n\r%;,".split(""),
  "error",
  "add-mask",
  "stop-commands",
  "\u200D",
  "\u00AD",
  "\u2028",
  "\u0085",
  "\u001B",
  "\u009B",
  "\u0000",
  "\uFEFF",
];
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
);

/** Runs an action whose error ends the process in the real world. */
const failing = async (error: Error): Promise<void> => {
  const { exitCode } = process;
  await runAction("deploy", async () => {
    throw error;
  });
  process.exitCode = exitCode;
};

describe("the runner of the tests", () => {
  it.each([
    ["::error::a", "error", "a"],
    [" \u00A0\u3000::Add-Mask::a%0Ab", "add-mask", "a\nb"],
    ["a\r::debug::b", "debug", "b"],
    ["x ##[error]a", "error", "a"],
    ["::set-output name=x::1", "set-output", "1"],
    ["#\u200D#[group]a", "group", "a"],
  ])("finds the command in %j", (output, name, data) => {
    expect(new Runner().read(output).commands).toMatchObject([{ name, data }]);
  });

  it.each(["a ::error::b", "::unknown::b", "::error:b", "# #[error]", "##[unknown]"])("finds none in %j", (output) => {
    expect(new Runner().read(output).commands).toEqual([]);
  });

  it("takes no command after stop-commands, until it reads the word", () => {
    const runner = new Runner().read("::stop-commands::w\n::error::a\n##[error]b\n::w::\n::error::c");
    expect(runner.commands.map(({ data }) => data)).toEqual(["w", "c"]);
  });
});

describe("text from outside", () => {
  it.each(hostileLines)("is no command: %j", async (line) => {
    expect(new Runner().read(line).commands.length + new Runner().read(printable(line)).commands.length).toBeLessThan(
      2,
    );
    const runner = await runnerOf(() => logLine(`  ${line}`));
    expect(runner.commands).toEqual([]);
  });

  it("is no command in the log, in an annotation and its title, or in the message of an error", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const runner = await runnerOf(async () => {
          logLine(text);
          annotate("warning", text, text);
          await failing(new FailedError(text));
          await failing(new ConfigurationError(`${text}\n`.repeat(50)));
          await failing(new Error(text));
        });
        expect(runner.commands.map(({ name }) => name).filter((name) => name !== "stop-commands")).toEqual([
          "warning",
          "error",
          "error",
          "error",
        ]);
        expect(runner.isStopped).toBe(false);
        const said = [
          ...runner.lines,
          ...runner.commands.flatMap(({ properties, data }) => [properties, ...data.split("\n")]),
        ];
        // What an annotation says is printed again, behind ##[error].
        for (const one of said) {
          expect(new Runner().read(one).named("add-mask")).toEqual([]);
          expect(one).not.toMatch(/[^\P{Cc}\t]|[\u202A-\u202E\u2066-\u2069]/u);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is no command in an error that nobody waits for", async () => {
    const report = pathToFileURL(join(import.meta.dirname, "../src/report.ts")).href;
    const text = JSON.stringify(hostileLines.join("\n"));
    const script = `const { runAction } = await import("${report}");
      await runAction("deploy", async () => {
        setTimeout(() => Promise.reject(new Error(${text})));
        await new Promise((resolve) => setTimeout(resolve, 10_000));
      });`;
    const result = await runProcess([process.execPath, "--input-type=module", "--eval", script], {
      env: { ...process.env, GITHUB_ACTIONS: "true" },
    });
    expect(result.code).toBe(1);
    const runner = new Runner().read(`${result.stdout}\n${result.stderr}`);
    expect(runner.commands.map(({ name }) => name)).toEqual(["error"]);
    expect(runner.named("error")[0]?.data).toContain("This is a bug in the action");
  });

  it("reads as before where it is harmless", () => {
    const text = "a\n\tb: 100 % [x] #1 ::c #[derive] ##[ 雨 👩‍👩‍👧 é";
    expect(printable(text)).toBe(text);
    expect(printable("a\n::error::b\n  ::add-mask::c\n##[error]d\nx ::e")).toBe(
      "a\n> ::error::b\n  > ::add-mask::c\n## [error]d\nx ::e",
    );
    expect(printableLine("a\r\nb\u2028c")).toBe("a b c");
  });

  it("is the same after a second time, so that nothing is a command after all", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });

  it("is no command in a line of JSON, which stays the same object", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(JSON.parse(jsonLine({ text }))).toEqual({ text });
        expect(new Runner().read(jsonLine({ text })).commands).toEqual([]);
      }),
    );
  });

  it("takes linear time, whatever it is", () => {
    const parts = ["\u001B[", "\u001B]", "\u009D", "\u001B[;", "?token", "//a:", "\n", " ", ":", "#", "##[a", "\u200D"];
    for (const part of parts) {
      const began = performance.now();
      printable(part.repeat(1_000_000 / part.length));
      expect(performance.now() - began).toBeLessThan(3000);
    }
  });
});

describe("source code", () => {
  const root = join(import.meta.dirname, "../../..");
  const files = ["actions", "cli"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /(^|\/)src\/.*\.ts$/.test(path) && !path.includes("node_modules"))
      .map((path) => join(folder, path)),
  );
  const prints =
    /console\.\w+\(|core\.(?:info|notice|warning|error|debug|setFailed|startGroup|group|summary)\b|std(?:out|err)\.write|log: core/;
  /** Where text is made printable, and help texts of the command line, which are ours. */
  const allowed = new Map([
    ["actions/shared/src/report.ts", /printable\w*\(|text|annotate|properties/],
    ["actions/shared/src/runner-commands.ts", /stop-commands|\$\{token\}/],
    ["actions/db-backup/src/runtime-environment.ts", /jsonLine\(/],
    ["cli/src/context.ts", /(?:printable|jsonLine)\(/],
    ["cli/src/main.ts", /printable\(|Help\(|toolkitVersion\(/],
  ]);

  it("prints through printable alone", () => {
    expect(files.length).toBeGreaterThan(100);
    const others = files.flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .filter((line) => prints.test(line) && !allowed.get(file)?.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(others).toEqual([]);
  });
});

describe("a long line", () => {
  it("is cut off between two words, and says how much is missing", () => {
    expect(clipLine("short", 10)).toBe("short");
    expect(clipLine("one two three", 10)).toBe("one two… (6 more characters)");
    expect(clipLine("x".repeat(30), 10)).toBe(`${"x".repeat(10)}… (20 more characters)`);
    expect(clipLine(clipLine("x".repeat(100), 30), 10)).toBe(`${"x".repeat(10)}… (90 more characters)`);
    expect(clipLine(clipLine("x".repeat(100), 30), 30)).toBe(`${"x".repeat(30)}… (70 more characters)`);
    expect(clipLine(`${"x".repeat(9)}🌈🌈`, 10)).toBe(`${"x".repeat(9)}… (4 more characters)`);
  });

  it("has 4,000 characters in the log, and 1,000 in a message, which quotes the newest lines", () => {
    expect(printable("x".repeat(250_000))).toBe(`${"x".repeat(4000)}… (246000 more characters)`);
    const quoted = quotedLines([
      `${"x".repeat(250_000)}`,
      "a\r\nb",
      ...Array.from({ length: 60 }, (_, i) => `line ${i}`),
    ]);
    expect([quoted.length, quoted[0], quoted.at(-1)]).toEqual([40, "line 20", "line 59"]);
    expect(quotedLines(["x".repeat(250_000)])[0]).toBe(`${"x".repeat(1000)}… (249000 more characters)`);
  });
});

describe("around the output of another program", () => {
  it("the runner takes no commands, and afterwards it does, also when the work fails", async () => {
    const attack = () => process.stdout.write("::add-mask::service\n##[error]mine\n");
    const runner = await runnerOf(async () => {
      await logGroup("Build\n::error::mine", async () => attack());
      await withoutCommands(() => Promise.reject(new Error("failed"))).catch(() => undefined);
      annotate("error", "Title", "ours");
    });
    expect(runner.commands.map(({ name }) => name)).toEqual([
      "group",
      "stop-commands",
      "endgroup",
      "stop-commands",
      "error",
    ]);
    expect(runner.named("group")[0]?.data).toBe("Build ::error::mine");
    expect(new Set(runner.tokens).size).toBe(2);
    for (const token of runner.tokens) expect(token).toMatch(/^resume-[0-9a-f]{32}$/);
  });

  it("our own commands get through, and several at once end with the last", async () => {
    const output = await outputOf(() =>
      Promise.all([
        withoutCommands(async () => hide("s3cret-one")),
        withoutCommands(async () => {
          await Promise.resolve();
          annotate("warning", "Title", "ours");
          process.stdout.write("::error::mine\n");
        }),
      ]),
    );
    const runner = new Runner().read(output);
    expect(runner.commands.filter(({ name }) => name !== "stop-commands")).toMatchObject([
      { name: "add-mask", data: "s3cret-one" },
      { name: "warning", data: "ours" },
    ]);
    expect(runner.isStopped).toBe(false);
    // Each word is printed twice, and never used again.
    for (const token of runner.tokens) expect(output.split(token)).toHaveLength(3);
    expect(new Set(runner.tokens).size).toBe(runner.tokens.length);
  });

  it("outside of GitHub no command is printed, and no secret with one", async () => {
    const output = await outputOf(async () => {
      vi.stubEnv("GITHUB_ACTIONS", undefined);
      hide("s3cret-two");
      await withoutCommands(async () => undefined);
      annotate("error", "Title", "what\nwhy s3cret-two");
      vi.unstubAllEnvs();
    });
    expect(output).toBe(`Title: what\nwhy ***${EOL}`);
  });
});

describe("a hidden value", () => {
  it("is masked in log, annotation and summary, also where the runner would not recognise it", async () => {
    const secret = "can##[error]ary<&>`x`";
    const folder = makeTestFolder("printable-");
    const file = join(folder, "summary.md");
    writeFileSync(file, "");
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    const runner = await runnerOf(async () => {
      hide(`-----BEGIN KEY-----\n${secret}\n\nab`);
      logLine(`x ${secret} y`);
      await failing(new FailedError(`failed: ${secret}`));
    });
    vi.unstubAllEnvs();
    expect(runner.named("add-mask").map(({ data }) => data)).toEqual([secret, "ab"]);
    expect(runner.lines).toContain("x *** y");
    expect(runner.named("error")[0]?.data).toBe("failed: ***");
    expect(readFileSync(file, "utf8")).not.toContain("ary");
    expect(code(secret).markup).toBe("<code>&#42;&#42;&#42;</code>");
    // Too short to be masked everywhere: the runner alone does it.
    expect(printable("cab")).toBe("cab");
  });
});

describe("a long explanation", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `  line ${index + 1} ${"x".repeat(250_000)}`);
  const text = [
    "api: api:2 failed and was rolled back.",
    "What to do: set DB_HOST.",
    "Currently running: api:1 (3 tasks).",
    "Last log lines of container api:",
    ...lines,
  ].join("\n");

  it("is in the log as a whole, and in one annotation whose advice and newest line the runner does not cut off", async () => {
    const runner = await runnerOf(() => failing(new FailedError(text, { outcome: "rolled-back" })));
    const [error, ...more] = runner.named("error");
    expect(more).toEqual([]);
    expect(error?.properties).toBe("title=deploy%3A rolled back");
    expect(error?.data.length).toBeLessThan(4096);
    for (const part of ["What to do: set DB_HOST.", "Currently running: api:1", "line 20 xxx", "(The log of this step"])
      expect(error?.data).toContain(part);
    for (let index = 1; index <= 20; index += 1)
      expect(runner.lines.find((line) => line.startsWith(`  line ${index} `))).toMatch(/… \(\d+ more characters\)$/);
    expect(Math.max(...runner.lines.map(({ length }) => length))).toBeLessThan(4096);
  });
});
