// The maintenance answer of the load balancer: a rule before all others, with a fixed response. Its condition says
// whether customers get that: nobody asks for the host of a hidden one, every path is that of a shown one. Terraform
// makes the rule and leaves its condition alone (infra/modules/load-balancer).
import {
  DescribeRulesCommand,
  ModifyRuleCommand,
  type Rule,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { withRetry } from "../../shared/src/aws.ts";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";

export type Maintenance = "shown" | "hidden";

/**
 * Names below "invalid" never exist (RFC 2606). Whoever wants to see the answer before it is needed asks for this host.
 */
const hiddenHost = "maintenance.invalid";

const conditions: Record<Maintenance, RuleCondition[]> = {
  shown: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
  hidden: [{ Field: "host-header", HostHeaderConfig: { Values: [hiddenHost] } }],
};

/** @returns whether anything was changed. */
export async function setMaintenance(run: Run, rule: string, wanted: Maintenance): Promise<boolean> {
  if ((await readMaintenance(run, rule)) === wanted) return false;
  const command = new ModifyRuleCommand({ RuleArn: rule, Conditions: conditions[wanted] });
  await withRetry(run, "elasticloadbalancing:ModifyRule", () => run.loadBalancing.send(command));
  run.log(`the maintenance answer of the load balancer is ${wanted}`);
  return true;
}

/** For reports, which a rule that cannot be read does not fail. */
export async function lookAtMaintenance(run: Run, rule: string): Promise<Maintenance | "unknown"> {
  try {
    return await readMaintenance(run, rule);
  } catch (error) {
    warn(run, "maintenance answer", messageOf(error));
    return "unknown";
  }
}

/** @throws ConfigurationError for a rule that is not there, or that is of another kind and must not be changed. */
async function readMaintenance(run: Run, arn: string): Promise<Maintenance> {
  const rule = await findRule(run, arn);
  const found = (rule?.Conditions ?? []).map(describe).join(" and ");
  if (found === conditions.hidden.map(describe).join()) return "hidden";
  if (found === conditions.shown.map(describe).join()) return "shown";
  throw new ConfigurationError(
    rule === undefined
      ? `maintenance-rule-arn: there is no rule ${arn}. Take the one of Terraform's output deployment.maintenance_rule_arn.`
      : `maintenance-rule-arn: ${arn} is no rule for a maintenance answer, and is left as it is: its condition is ` +
          `${found || "none"}, not host-header ${hiddenHost} (hidden) or path-pattern /* (shown).`,
  );
}

async function findRule(run: Run, arn: string): Promise<Rule | undefined> {
  const call = "elasticloadbalancing:DescribeRules";
  try {
    const command = new DescribeRulesCommand({ RuleArns: [arn] });
    return (await withRetry(run, call, () => run.loadBalancing.send(command))).Rules?.[0];
  } catch (error) {
    // "RuleNotFound" on the wire, the other one in the model.
    if (/^RuleNotFound(Exception)?$/.test((error as { cause?: Error }).cause?.name ?? "")) return undefined;
    throw error;
  }
}

const describe = ({ Field, Values, HostHeaderConfig, PathPatternConfig }: RuleCondition): string =>
  `${Field} ${(HostHeaderConfig?.Values ?? PathPatternConfig?.Values ?? Values ?? []).join(" or ")}`;
