// Where this runs: on a runner, in a task inside the VPC, or in a terminal.
import { randomBytes } from "node:crypto";
import type { InputSource } from "../../shared/src/inputs.ts";
import { join } from "node:path";
import { jsonLine } from "../../shared/src/printable.ts";
import { setOutputs } from "../../shared/src/report.ts";
import { inputsVariable, outputsMarker } from "./modes/remote.ts";

/** Version of the toolkit, written into bundles from package.json. */
declare const TOOLKIT_VERSION: string | undefined;
/** The folder of the bundle. */
declare const TOOLKIT_FOLDER: string | undefined;

export const toolName = `rainbow-deploy ${typeof TOOLKIT_VERSION === "undefined" ? "unbundled" : TOOLKIT_VERSION}`;

/** The CA certificates of RDS, which no system trust store has: a file next to the bundle (scripts/lib/bundle.ts). */
export const rdsCertificates: string | undefined =
  typeof TOOLKIT_FOLDER === "undefined" ? undefined : join(TOOLKIT_FOLDER, "rds-certificates.pem");

/** A task gets its inputs in one variable, with the backup ID whose manifest the caller reads afterwards. */
export function inputSource(
  runner: InputSource,
  environment = process.env,
): { source: InputSource; id: string | undefined } {
  const text = environment[inputsVariable];
  if (!text) return { source: runner, id: undefined };
  const { id, ...inputs } = JSON.parse(text) as Record<string, string>;
  return { source: (name) => inputs[name] ?? "", id };
}

/** Run ID and attempt on GitHub; elsewhere a random name. */
export function runNameOf(environment = process.env): string {
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt = "1" } = environment;
  return run ? `${run}-${attempt}` : `${randomBytes(4).toString("hex")}-1`;
}

/** Outputs go to the runner; those of a task go to its log, from which the caller reads them. */
export function emitOutputs(outputs: Record<string, string | number | boolean>, environment = process.env): void {
  if (!environment[inputsVariable]) return setOutputs(outputs);
  const texts = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, String(value)]));
  console.log(`${outputsMarker}${jsonLine(texts)}`);
}

/** Ends the process, although a connection that the network forgot is still open: in a few seconds, for the report. */
export function endSoon(): void {
  setTimeout(() => process.exit(), 5000).unref();
}
