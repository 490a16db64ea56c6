// docker's own answers: a Go program around the modules with which docker's clients read .dockerignore.
import { join } from "node:path";
import { textOf } from "../../actions/build-push/src/byte-text.ts";
import { root } from "../../infra/local/paths.ts";
import { onPath } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { answerOf, type Answer } from "./ignore-cases.ts";

export interface Answers {
  buildkit: Answer;
  classic: Answer;
}

/**
 * @param folder that writeContext has written
 * @param program where it is built
 */
export async function askDocker(ignoreFiles: readonly Buffer[], folder: string, program: string): Promise<Answers[]> {
  const go = await onPath("go");
  if (!go) throw new Problem("This check builds docker's modules, which requires Go.", "Install Go 1.25 or newer.");
  await run([go, "build", "-o", program, "."], {
    cwd: join(root, "test/build-push/ignore-oracle"),
    env: { ...process.env, GOFLAGS: "-modcacherw" },
    remedy: "The Go module proxy must be reachable for the first run.",
  });
  const output = await run([program, folder], {
    input: ignoreFiles.map((file) => `${file.toString("base64")}\n`).join(""),
  });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { buildkit, classic } = JSON.parse(line) as Record<keyof Answers, string[] | null>;
      return { buildkit: decode(buildkit), classic: decode(classic) };
    });
}

const decode = (sent: string[] | null): Answer =>
  sent && answerOf(new Set(sent.map((path) => textOf(Buffer.from(path, "base64")))));
