// Everything that must hold before a change lands, in the order of "fails soonest first". The last line is what CI counts.
import { checks, type Check } from "../lib/checks.ts";
import { runChecks } from "../lib/run-checks.ts";

const only = process.argv.slice(2);
const known = checks.map((check) => check.name);
const unknown = only.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown check ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
  process.exit(2);
}
const chosen: Check[] = only.length === 0 ? checks : checks.filter((check) => only.includes(check.name));
process.exitCode = await runChecks(chosen);
