// BuildKit's own Dockerfile frontend, as a program that says what a build reads.
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  buildPlatform,
  type Answer,
  type ReadCase,
  type WordCase,
} from "../../actions/build-push/test/oracle-cases.ts";
import { cacheDir } from "../../infra/local/paths.ts";
import { exists, onPath } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";

const source = join(import.meta.dirname, "oracle");

/** Path of the program, which is built once for each version of its source. */
export async function oracleProgram(note: (text: string) => void): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["main.go", "go.mod", "go.sum"]) hash.update(await readFile(join(source, name)));
  const folder = join(cacheDir, `dockerfile-oracle-${hash.digest("hex").slice(0, 12)}`);
  const program = join(folder, "oracle");
  if (await exists(program)) return program;
  const go = await onPath("go");
  if (!go)
    throw new Problem(
      "This check builds BuildKit's Dockerfile frontend, which requires Go.",
      "Install Go 1.26 or newer, or run the other checks by name.",
    );
  note("building BuildKit's Dockerfile frontend");
  await mkdir(folder, { recursive: true });
  await run([go, "build", "-o", program, "."], {
    cwd: source,
    env: { ...process.env, GOFLAGS: "-modcacherw" },
    remedy: "The Go module proxy must be reachable for the first run.",
  });
  return program;
}

/** One answer for each case, in their order. */
export async function askOracle(program: string, cases: readonly (ReadCase | WordCase)[]): Promise<Answer[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  // If it ends early, its exit code has the result.
  child.stdin.on("error", () => undefined);
  child.stdin.end(cases.map((asked) => `${JSON.stringify({ ...asked, buildPlatform })}\n`).join(""));
  let text = "";
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) text += chunk;
  const code = await ended;
  const answers = text.trimEnd().split("\n");
  if (code !== 0 || answers.length !== cases.length)
    throw new Error(`the oracle ended with ${code} after ${answers.length} of ${cases.length} answers`);
  return answers.map((line) => JSON.parse(line) as Answer);
}
