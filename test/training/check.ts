// The tests of the training code: the parser of JMA's files and the validation command, without the heavy packages
// that only training needs.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";

type Note = (text: string) => void;

export async function trainingCheck(note: Note): Promise<Counts> {
  const isNewEnough = ["python3", "-c", "import sys; assert sys.version_info >= (3, 11)"];
  // With an older one pip only says that it finds no such version of numpy.
  if ((await attempt(isNewEnough)).code !== 0)
    throw new Problem("The training code needs Python 3.11 or newer.", "Install python3 (≥ 3.11) and python3-venv.");
  const bin = await pythonEnvironment(note, {
    folder: join(root, "test/training"),
    names: "numpy, onnxruntime and pandas",
  });
  // onnxruntime leaves an identifier (.ses) in the folder for temporary files when it is imported.
  const temporary = join(stateDir, "training");
  await mkdir(temporary, { recursive: true });
  const { code, stderr } = await attempt([join(bin, "python"), "-m", "unittest", "discover", "-s", "test", "-t", "."], {
    cwd: join(root, "ml/training"),
    env: {
      ...process.env,
      TMPDIR: temporary,
      PYTHONDONTWRITEBYTECODE: "1",
      HYPOTHESIS_STORAGE_DIRECTORY: join(temporary, "hypothesis"),
    },
  });
  const passed = Number(/^Ran (\d+) tests? in /m.exec(stderr)?.[1] ?? 0);
  if (code !== 0 || passed === 0)
    throw new Problem(
      `The tests of ml/training failed with exit code ${code}:\n${stderr.trimEnd().split("\n").slice(-40).join("\n")}`,
      'Run them on their own: npm test -- "training tests"',
    );
  return { passed, failed: 0 };
}
