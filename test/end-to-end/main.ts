// The main job and everyday life with it, as a user has them, in a checkout that may be edited: run by check.ts.
import * as backup from "./backup.ts";
import * as everyday from "./everyday.ts";
import * as interruption from "./interruption.ts";
import * as rollback from "./rollback.ts";
import * as rolling from "./rolling.ts";
import * as system from "./system.ts";

/** Each step begins with what the one before has left; it returns what it measured. */
const steps: [string, () => Promise<string | void>][] = [
  ["npm start on an empty local AWS", system.starts],
  ["health, version, prediction, sighting through the load balancer", system.answers],
  ["the page in a browser, on a phone", system.showsItself],
  ["npm start again, nothing changed", everyday.startsAgain],
  ["an edit in api/ deploys api alone", everyday.apiAlone],
  ["an edit in ml/ deploys ml alone", everyday.mlAlone],
  ["an edit in infra/ is applied and replaces nothing", everyday.infraAlone],
  ["npm run status, ml being down", everyday.statusOfHalf],
  ["npm run logs follows", everyday.logsFollow],
  ["a killed api container is replaced", everyday.replacesContainer],
  ["two npm start at once", interruption.twoAtOnce],
  ["npm start killed while it builds, its programs running on", interruption.killedAlone],
  ["npm start killed while it deploys, with all its programs", interruption.killedWithPrograms],
  ["a rolling deployment behind a proxy loses no request", rolling.losesNothing],
  ["a change that breaks api at its start is refused", system.brokenIsRefused],
  ["the rollback workflow goes back to the version before", rollback.goesBack],
  ["a rollback to nowhere is refused", rollback.refusesNonsense],
  ["the database is backed up by a task and read back", backup.backsUp],
  ["the backup is proven by a restore into a fresh server", backup.provesIt],
  ["a lost table comes back, and api answers as before", backup.restores],
  ["no secret in logs, state, images, process list", system.secretsStaySecret],
  ["npm stop leaves nothing", everyday.stopLeavesNothing],
];

let passed = 0;
let failed = 0;
for (const [index, [name, step]] of steps.entries()) {
  const began = Date.now();
  console.log(`· ${name}`);
  try {
    const measured = await step();
    console.log(`· ${name}: ${measured ?? `${((Date.now() - began) / 1000).toFixed(1)} s`}`);
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}:\n${error instanceof Error ? error.stack : String(error)}`);
    // Without a system there is nothing to try the rest on.
    if (index === 0) break;
  }
}
console.log(`${passed} passed, ${failed} failed`);
