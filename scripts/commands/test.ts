// Everything that must hold before a change lands, in the order of "fails soonest first". The last line is what CI counts.
// With names or --group: only those checks. With --long: the ones that take too long for every change.
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
// Only one that we have started, and that nobody else uses.
await stopEngine();
process.exitCode = code;
