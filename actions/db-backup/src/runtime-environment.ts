// Where this runs: on a runner, in a task of the VPC, or at a terminal.
import { randomBytes } from "node:crypto";
import type { InputSource } from "../../shared/src/inputs.ts";
import { join } from "node:path";
import { setOutputs } from "../../shared/src/report.ts";
import { inputsVariable, outputsMark } from "./modes/remote.ts";

/** Version of the toolkit, written into bundles from package.json. */
declare const TOOLKIT_VERSION: string | undefined;
/** Where the bundle lies. */
declare const TOOLKIT_FOLDER: string | undefined;

export const toolName = `rainbow-deploy ${typeof TOOLKIT_VERSION === "undefined" ? "unbundled" : TOOLKIT_VERSION}`;

/** The certificate authorities of RDS, which no system knows: a file beside the bundle (scripts/lib/bundle.ts). */
export const rdsCertificates: string | undefined =
  typeof TOOLKIT_FOLDER === "undefined" ? undefined : join(TOOLKIT_FOLDER, "rds-certificates.pem");

/** A task gets its inputs as one variable, with the id that its caller looks for afterwards. */
export function inputSource(
  runner: InputSource,
  environment = process.env,
): { source: InputSource; id: string | undefined } {
  const text = environment[inputsVariable];
  if (!text) return { source: runner, id: undefined };
  const { id, ...given } = JSON.parse(text) as Record<string, string>;
  return { source: (name) => given[name] ?? "", id };
}

/** The runner's number and attempt; elsewhere something that nobody else has. */
export function runNameOf(environment = process.env): string {
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt = "1" } = environment;
  return run ? `${run}-${attempt}` : `${randomBytes(4).toString("hex")}-1`;
}

/** To the runner; a task's go into its log, where its caller reads them. */
export function emitOutputs(outputs: Record<string, string | number | boolean>, environment = process.env): void {
  if (environment[inputsVariable])
    console.log(
      `${outputsMark}${JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, String(value)])))}`,
    );
  else setOutputs(outputs);
}
