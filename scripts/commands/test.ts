// Runs all checks for a change, those that fail fastest first. The last line has the total counts.
// With names or --group: only those checks. With --long: the checks that take too long for every change.
import { stopEngine } from "../../infra/local/engine.ts";
import { checks, groups, longChecks } from "../lib/checks.ts";
import { runChecks } from "../lib/run-checks.ts";
import { selectChecks } from "../lib/select-checks.ts";

const selected = selectChecks(process.argv.slice(2), { checks, longChecks, groups });
if ("problem" in selected) {
  console.error(selected.problem);
  process.exit(2);
}
const code = await runChecks(selected.checks);
// Stops the engine only if it was started here and nothing else uses it.
await stopEngine();
process.exitCode = code;
