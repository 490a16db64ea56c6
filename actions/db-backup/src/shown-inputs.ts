// The inputs at the end of a summary: without the connection to the database, and without keys.
import { inputsBlock } from "../../shared/src/summary/blocks.ts";
import type { Markup } from "../../shared/src/summary/markup.ts";
import type { Common, Inputs, Work } from "./input-types.ts";

type Shown = Parameters<typeof inputsBlock>[0];

export const shownInputs = ({ work, remote }: Inputs): Markup | undefined =>
  inputsBlock({
    mode: work.mode,
    ...("place" in work.inputs ? common(work.inputs) : { "timeout-minutes": work.inputs.timeoutMinutes }),
    ...ofMode(work),
    ...(remote
      ? {
          network: "ecs",
          cluster: remote.cluster,
          "task-definition": remote.taskDefinition,
          container: remote.container,
          "image-from": remote.imageFrom,
          service: remote.service,
        }
      : {}),
  });

const common = ({ place, timeoutMinutes, metrics }: Common): Shown => ({
  ...place,
  "timeout-minutes": timeoutMinutes,
  metrics,
});

function ofMode(work: Work): Shown {
  switch (work.mode) {
    case "backup":
      return {
        format: work.inputs.format,
        level: work.inputs.level,
        recipients: work.inputs.recipients,
        "conditional-writes": work.inputs.conditionalWrites ? undefined : false,
      };
    case "verify":
      return { backup: work.inputs.backup, before: timeOf(work.inputs.before), level: work.inputs.level };
    case "restore":
      return {
        backup: work.inputs.backup,
        before: timeOf(work.inputs.before),
        "to-database": work.inputs.connection.database,
        owners: work.inputs.owners,
        "accept-unproven": work.inputs.acceptUnproven,
        "single-transaction": String(work.inputs.singleTransaction),
        "create-roles": work.inputs.createRoles,
      };
    case "prune": {
      const { rules, maxDelete, dryRun } = work.inputs;
      return {
        "keep-newest": rules.newest,
        "keep-daily": rules.daily,
        "keep-weekly": rules.weekly,
        "keep-monthly": rules.monthly,
        "max-delete": maxDelete,
        "dry-run": dryRun,
      };
    }
    case "check":
      return { "max-age-hours": work.inputs.maxAgeHours, "max-shrink-percent": work.inputs.maxShrinkPercent };
    case "snapshot":
      return { instance: work.inputs.instance };
    case "swap": {
      const { connection, from, keepAs } = work.inputs;
      return { database: connection.database, "from-database": from, "keep-as": keepAs };
    }
    case "protect":
    case "release": {
      const { connection, role, reason, by } = work.inputs;
      return { database: connection.database, role, reason, by };
    }
    case "copy-back": {
      const { connection, from, tables, dryRun } = work.inputs;
      return { database: connection.database, "from-database": from, tables, "dry-run": dryRun };
    }
  }
}

const timeOf = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();
