// Everything that must hold before a change lands, in the order of "fails soonest first". The last line is what CI counts.
// With --long: what takes too long for that.
import { checks, longChecks } from "../lib/checks.ts";
import { runChecks } from "../lib/run-checks.ts";

const long = process.argv.includes("--long");
const only = process.argv.slice(2).filter((argument) => argument !== "--long");
const all = long ? longChecks : checks;
const known = all.map((check) => check.name);
const unknown = only.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown check ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
  process.exit(2);
}
process.exitCode = await runChecks(only.length === 0 ? all : all.filter((check) => only.includes(check.name)));
