// Which roles a job may assume, by the plans of production and staging.
import { inject } from "vitest";
import { isAllowed } from "../../actions/shared/src/iam.ts";
import type { Row } from "./jobs.ts";
import { roleNames, type Plan, type RoleName } from "./plan.ts";
import { tokenOf, type Job, type SubjectForm } from "./tokens.ts";

export const environments = ["production", "staging"] as const;
export type Environment = (typeof environments)[number];
export const forms = ["names", "immutable"] as const satisfies SubjectForm[];

export function planOf(environment: Environment, run: string): Plan {
  const plan = inject("plans")[environment][run];
  if (plan === undefined) throw new Error(`There is no plan ${run} of ${environment}.`);
  return plan;
}

export function rolesFor(trust: Plan["trust"], job: Job, form: SubjectForm): RoleName[] {
  const { issuer, context } = tokenOf(job, form);
  const principal = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
  return roleNames.filter((name) =>
    isAllowed([trust[name]], { action: "sts:AssumeRoleWithWebIdentity", principal, context }),
  );
}

export const expectedOf = ({ production, staging }: Row, environment: Environment): RoleName[] =>
  environment === "production" ? production : staging;
