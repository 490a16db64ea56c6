// End-to-end test of npm start and everyday use, in a checkout that may be edited; run by check.ts.
import * as backup from "./backup.ts";
import * as byHand from "./by-hand.ts";
import * as emergency from "./emergency.ts";
import * as everyday from "./everyday.ts";
import * as interruption from "./interruption.ts";
import * as rollback from "./rollback.ts";
import * as rolling from "./rolling.ts";
import * as runbooks from "./runbooks.ts";
import { runSteps, type Step } from "./steps.ts";
import * as system from "./system.ts";

/** Whether the steps for `npm run test:long` run, too. */
const isLong = process.env["RAINBOW_LONG"] !== undefined;
const steps: [...Step, when?: "long"][] = [
  ["npm start on an empty local AWS", system.starts],
  ["health, version, prediction, sighting through the load balancer", system.responds],
  ["the page in a browser, on a phone", system.servesPage],
  ["npm start again, nothing changed", everyday.startsAgain],
  ["an edit in api/ deploys only api", everyday.deploysApiOnly],
  ["an edit in ml/ deploys only ml", everyday.deploysMlOnly, "long"],
  ["an edit in infra/ is applied and replaces nothing", everyday.appliesInfraOnly, "long"],
  ["npm run status while ml is down", everyday.reportsFailure],
  ["npm run logs follows", everyday.logsFollow],
  ["a killed api container is replaced", everyday.replacesContainer],
  ["two concurrent npm start", interruption.concurrentStarts, "long"],
  ["npm start killed during a build, its child processes not", interruption.commandKilled, "long"],
  ["npm start killed during a deployment, with all its processes", interruption.allProcessesKilled, "long"],
  ["a rolling deployment behind a proxy loses no request", rolling.losesNothing],
  ["a change that crashes api at startup is rejected", system.rejectsBrokenApi],
  ["the rollback workflow restores the previous version", rollback.rollsBack],
  ["a rollback to an unknown revision is rejected", rollback.rejectsUnknownTargets],
  ["after deployments and a rollback, Terraform has nothing to change", everyday.plansNothing],
  ["the database is backed up by a task and read back", backup.createsBackup],
  ["the backup is verified by a restore into an ephemeral server", backup.verifiesBackup],
  ["a lost table is restored, and api responds as before", backup.restoresBackup],
  ["the emergency workflow stops both services, and customers get its answer", emergency.stops],
  ["the database is protected: reads work, writes do not", emergency.protects],
  ["the fix is deployed, and nothing starts", emergency.deploysFix],
  ["the emergency workflow resumes as before, with the fix", emergency.resumes],
  ["the deploy runbook without GitHub", runbooks.deploys, "long"],
  ["the rollback runbook without GitHub", runbooks.rollsBack, "long"],
  ["the emergency runbook without GitHub", runbooks.endsEmergency, "long"],
  ["the deploy and rollback runbooks with the AWS CLI alone", byHand.deploysAndRollsBack, "long"],
  ["the emergency runbook with the AWS CLI and SQL alone", byHand.endsEmergency, "long"],
  ["no secret in logs, state, images or process list", system.secretsStaySecret],
  ["npm stop leaves nothing", everyday.stopLeavesNothing],
];

await runSteps(steps.filter(([, , when]) => when === undefined || isLong).map(([name, step]) => [name, step]));
