// The toolkit's command line: the same code as the actions, with their inputs as options.
import { exitCodeOf } from "../../actions/shared/src/outcome.ts";
import { ConfigurationError, FailedError } from "../../actions/shared/src/errors.ts";
import { printable } from "../../actions/shared/src/printable.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { generalHelp, verbHelp } from "./help.ts";
import { makeContext } from "./context.ts";
import { verbs } from "./verbs.ts";

export async function commandLine(args: string[]): Promise<void> {
  process.exitCode = await codeOf(args);
}

/**
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 rolled back, 4 timed out, 130 cancelled
 */
async function codeOf(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest[0]);
  if (name === "--version") return version();
  try {
    const verb = verbs.find((one) => one.name === name);
    if (!verb) throw new UsageError(`Unknown command "${name}". Known: ${verbs.map((one) => one.name).join(", ")}.`);
    const parsed = parseArguments(verb, rest);
    if (parsed.help) return help(name);
    const context = makeContext(parsed.json);
    const stop = onInterrupt(() => context.interrupted?.());
    try {
      const code = await verb.run(parsed.source, context);
      context.finish();
      return code;
    } finally {
      stop();
      if (parsed.json) context.finish();
    }
  } catch (error) {
    return report(error);
  }
}

function help(name: string | undefined): number {
  const verb = name === undefined ? undefined : verbs.find((one) => one.name === name);
  console.log(verb ? verbHelp(verb) : generalHelp(verbs));
  return 0;
}

async function version(): Promise<number> {
  const { toolkitVersion } = await import("./version.ts");
  console.log(await toolkitVersion());
  return 0;
}

function report(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigurationError) {
    console.error(printable(`✗ ${error.message}`));
    return 2;
  }
  if (error instanceof FailedError) {
    console.error(printable(`✗ ${error.message}`));
    return exitCodeOf(error.outcome);
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(printable(`This is a bug, please report it: ${what}`));
  return 1;
}

/** Ctrl-C runs the cleanup first, such as the rollback of a started deployment. A second one exits at once. */
function onInterrupt(cleanUp: () => Promise<void> | undefined): () => void {
  let isInterrupted = false;
  const listener = () => {
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    void Promise.resolve(cleanUp())
      .catch((error: unknown) => console.error(printable(String(error))))
      .finally(() => process.exit(130));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, listener);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, listener);
  };
}
