// The long check "from staging to production", in a checkout that may be edited; run by check.ts.
import * as chain from "./chain.ts";
import { runSteps } from "./steps.ts";

await runSteps([
  ["staging and production on one local AWS", chain.starts],
  ["a push goes to staging, is measured there, and then to production, which is watched", chain.pushes],
  ["what is too slow in staging never reaches production", chain.staysInStaging],
  ["an alarm in production's bake time takes api and ml back", chain.goesBack],
]);
