// How the bake time ended: in the summary, in warnings, and as the error of the step.
import { FailedError } from "../../shared/src/errors.ts";
import type { Baked } from "../../shared/src/ecs/bake.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { factTable, inputsBlock } from "../../shared/src/summary/blocks.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Run } from "./dependencies.ts";

/** @throws FailedError when something has spoken against the deployment */
export async function reportBake({ inputs, annotate, log }: Run, { against, ignored }: Baked): Promise<void> {
  const { guard, services, cluster, verified } = inputs;
  const time = `${guard.bakeMinutes} ${guard.bakeMinutes === 1 ? "minute" : "minutes"}`;
  if (ignored.length > 0)
    annotate(
      "warning",
      "Alarms that rang before",
      `${ignored.join(", ")} rang before the deployment, which says nothing about it: not watched. docs/alarms.md has the first step for each.`,
    );
  await appendSummary({
    status: against === undefined ? (ignored.length > 0 ? "warning" : "succeeded") : "failed",
    title:
      against === undefined
        ? `Nothing spoke against ${services.join(" and ")} for ${time}`
        : `${services.join(" and ")}: ${against}`,
    content: [
      factTable({
        Watched: guard.alarms.filter((name) => !ignored.includes(name)),
        "Rang before, not watched": ignored.length > 0 ? ignored : undefined,
        "5xx responses allowed": guard.max5xxPercent === undefined ? undefined : `${guard.max5xxPercent} %`,
        Verified: against === undefined && verified.size > 0 ? [...verified.keys()].map(shortName) : undefined,
      }),
    ],
    end: inputsBlock({ cluster, service: services, alarms: guard.alarms, minutes: guard.bakeMinutes }),
  });
  if (against !== undefined) {
    const advice =
      "An alarm that rings after a deployment speaks against it: see what it watches in docs/alarms.md, and the log of the service at that time.";
    throw markExplained(new FailedError(`${against} ${advice}`));
  }
  log(`nothing spoke against it for ${time}`);
}
