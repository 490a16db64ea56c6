// One formatter per language: oxfmt (TypeScript, JSON, YAML, Markdown), Terraform, ruff (Python).
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

type Note = (text: string) => void;

/**
 * Formats the repository in place or, with `check`, fails and lists the files that differ.
 *
 * @returns the formatters run
 */
export async function format({ check }: { check: boolean }, note: Note): Promise<string[]> {
  const terraform = await terraformBinary(note);
  const python = await pythonEnvironment(note);
  const tools: Record<string, string[]> = {
    oxfmt: [join(root, "node_modules/.bin/oxfmt"), ...(check ? ["--check"] : []), root],
    "terraform fmt": [terraform, "fmt", ...(check ? ["-check", "-diff"] : []), "-recursive", join(root, "infra")],
    ruff: [join(python, "ruff"), "format", ...(check ? ["--check"] : []), join(root, "ml/training")],
  };
  for (const [name, command] of Object.entries(tools)) {
    note(name);
    await run(command, { cwd: root, remedy: "npm run format" });
  }
  return Object.keys(tools);
}
