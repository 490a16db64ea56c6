// The same work in a task inside the VPC, with its outputs and summary.
import { messageOf } from "../../shared/src/errors.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { protectSummary, swapSummary } from "./change-summary.ts";
import { readManifest } from "./storage/catalog.ts";
import { BackupError } from "./errors.ts";
import type { Work } from "./input-types.ts";
import { makeId } from "./storage/layout.ts";
import { totalRows } from "./storage/manifest.ts";
import { runRemotely } from "./modes/remote.ts";
import type { Remote } from "./remote-inputs.ts";
import { restoredSummary, verifiedSummary } from "./summary.ts";
import { openStore, type Dependencies } from "./dependencies.ts";
import { reportBackup } from "./work-here.ts";

/** In a task inside the VPC. A backup counts only if its manifest is in the bucket, whatever the exit code says. */
export async function runInTask(work: Work, remote: Remote, dependencies: Dependencies): Promise<void> {
  const id = makeId(dependencies.clock.now(), dependencies.runName);
  const outputs = await runRemotely(remote, id, {
    ...dependencies,
    ecs: dependencies.ecs(),
    logs: dependencies.logs,
  });
  if (work.mode === "verify" || work.mode === "restore") return reportRemote(work, outputs, dependencies);
  const summary = summaryOf(work);
  if (summary !== undefined) {
    await appendSummary(summary);
    return dependencies.setOutputs(outputs);
  }
  if (work.mode === "copy-back") return dependencies.setOutputs(outputs);
  if (work.mode !== "backup") return;
  try {
    await reportBackup(id, work.inputs, dependencies);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "NO_BACKUP") throw error;
    throw new BackupError("TASK_FAILED", `The task succeeded, but there is no manifest of ${id}.`, { cause: error });
  }
}

/** What a task has done whose summary needs nothing but its inputs. */
function summaryOf(work: Work): Section | undefined {
  if (work.mode === "swap") return swapSummary(work.inputs);
  return work.mode === "protect" || work.mode === "release" ? protectSummary(work.mode, work.inputs) : undefined;
}

/**
 * Outputs and summary of a task. The row counts are those of the manifest, which the task compared. Without access to
 * its log or to the bucket the summary is missing, but the work is done and the step passes.
 */
async function reportRemote(
  { mode, inputs }: Extract<Work, { mode: "verify" | "restore" }>,
  outputs: Record<string, string>,
  dependencies: Dependencies,
): Promise<void> {
  dependencies.setOutputs(outputs);
  const { id } = outputs;
  if (id === undefined) return dependencies.log("No summary: the outputs are not in the task's log.");
  const manifest = await readManifest(openStore(inputs, dependencies), inputs.place, id).catch(
    (error: unknown) => void dependencies.log(`No summary: ${messageOf(error).split("\n")[0]}`),
  );
  if (!manifest) return;
  const rows = totalRows(manifest.rows);
  const duration = Number(outputs["duration"]);
  if (mode === "restore")
    return appendSummary(
      restoredSummary(manifest, { ...inputs.place, target: inputs.connection.database, rows, duration }),
    );
  const verification = {
    level: inputs.level,
    at: new Date(dependencies.clock.now()).toISOString(),
    tables: Object.keys(manifest.rows).length,
    rows,
    duration,
  };
  await appendSummary(verifiedSummary(manifest, verification, inputs.place.bucket));
}
