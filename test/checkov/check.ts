// checkov: production and staging against its rules for Terraform. A finding is fixed, or suppressed beside the resource
// with its reason: #checkov:skip=ID: why.
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { findingsIn, skipsWithoutReason, type Report } from "../../scripts/lib/checkov-report.ts";

type Note = (text: string) => void;

const environments = ["production", "staging"];

export async function checkovCheck(note: Note): Promise<Counts> {
  const bin = await pythonEnvironment(note, { folder: join(root, "test/checkov"), names: "checkov" });
  const unexplained = await unexplainedSkips();
  if (unexplained.length > 0)
    throw new Problem(`Suppressed without a reason: ${unexplained.join(", ")}.`, "Write #checkov:skip=ID: why.");
  note(environments.join(", "));
  const reports = await Promise.all(environments.map(async (name) => scan(join(bin, "checkov"), name)));
  const findings = reports.flatMap(findingsIn);
  if (findings.length > 0)
    throw new Problem(
      [...new Set(findings)].join("\n    "),
      "Fix the resource, or add #checkov:skip=ID: why as the first line of its block.",
    );
  return { passed: reports.reduce((sum, { summary }) => sum + summary.passed, 0), failed: 0 };
}

async function scan(program: string, environment: string): Promise<Report> {
  // Its parser keeps a cache in the folder for temporary files.
  const temporary = join(stateDir, "checkov");
  await mkdir(temporary, { recursive: true });
  const folder = join("infra/environments", environment);
  const options = ["--framework", "terraform", "--output", "json", "--compact", "--skip-download"];
  const { code, stdout, stderr } = await attempt(
    [program, "--directory", folder, ...options, "--download-external-modules", "false"],
    { cwd: root, env: { ...process.env, TMPDIR: temporary } },
  );
  // 1: there are findings.
  if (code !== 0 && code !== 1) throw new Problem(`checkov failed with exit code ${code}: ${stderr.trim()}`, "");
  return JSON.parse(stdout) as Report;
}

/** In all modules, also those that no environment calls. */
async function unexplainedSkips(): Promise<string[]> {
  const files = (await readdir(join(root, "infra"), { recursive: true })).filter(
    (file) => file.endsWith(".tf") && !file.includes(".terraform/"),
  );
  const found = await Promise.all(
    files.map(async (file) => skipsWithoutReason(`infra/${file}`, await readFile(join(root, "infra", file), "utf8"))),
  );
  return found.flat();
}
