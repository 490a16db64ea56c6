// A backup whose restore failed when it was made: its data is kept, and it is no good backup.
import { BackupError, nextSteps, type Code } from "./errors.ts";
import { objectLines } from "./load/left-overs.ts";
import type { Manifest } from "./storage/manifest.ts";

/** At the end of the run that made it. */
export function keptError({ id, object, restore }: Manifest, bucket: string): BackupError {
  const { why = "", objects = [], code = "RESTORE_FAILED" } = restore ?? {};
  const [sentence = "", ...lines] = why.split("\n");
  const kept = `${id} is kept in s3://${bucket}/${object.key}, but is not a good backup.`;
  if (code === "ASSERTION_FAILED") return new BackupError(code, [sentence, ...lines, kept].join("\n"));
  const next = code === "RESTORE_FAILED" ? [] : [nextStepOf(code)];
  return new BackupError(
    "RESTORE_UNPROVEN",
    [`${kept} Its restore failed (${code}): ${sentence}`, ...lines, ...next, ...objectLines(objects)].join("\n"),
  );
}

const nextStepOf = (code: string): string => (code in nextSteps ? nextSteps[code as Code] : "");

/** Where it is refused. */
export const refusedError = ({ id, restore }: Manifest): BackupError =>
  new BackupError(
    "RESTORE_UNPROVEN",
    [
      `${id} is not a good backup: its restore failed when it was made: ${restore?.why}`,
      ...objectLines(restore?.objects ?? []),
    ].join("\n"),
  );
