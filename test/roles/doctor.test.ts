// What `rainbow-deploy doctor` says of the roles in Terraform's plans: the same verdict on a token as the evaluator's, the
// right claims named, and each missing permission found.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllowed, listOf, type Policy } from "../../actions/shared/src/iam.ts";
import { evaluateTrust } from "../../cli/src/doctor/checks/login.ts";
import { byReference } from "../../cli/src/doctor/checks/permissions.ts";
import type { Facts } from "../../cli/src/doctor/facts.ts";
import { neededPermissions, type Needed } from "../../cli/src/doctor/needed-permissions.ts";
import { claimsOf, comparedClaims, type Claims } from "../../cli/src/doctor/token.ts";
import { workflowTexts } from "../../cli/src/github/checkout.ts";
import { awsJobs, type AwsJob } from "../../cli/src/workflows/jobs.ts";
import { root } from "../../infra/local/paths.ts";
import { rows } from "./jobs.ts";
import { roleNames, type RoleName } from "./plan.ts";
import { ownRepository, tokenOf, type Job, type SubjectForm } from "./tokens.ts";
import { environments, forms, planOf, rolesFor, type Environment } from "./trust.ts";

const where = "the job";
const account = "123456789012";
const arnOf = (role: RoleName) => `arn:aws:iam::${account}:role/rainbow-seeker-github-${role}`;

/** The claims of a token, as doctor decodes them. */
function claimsIn(job: Job, form: SubjectForm): Claims {
  const { issuer, context } = tokenOf(job, form);
  const claims = Object.entries(context).map(([key, value]) => [key.slice(issuer.length + 1), value] as const);
  return { ...Object.fromEntries(claims), iss: `https://${issuer}` };
}

const answersFor = (trust: Policy, name: string, claims: Claims) =>
  evaluateTrust({ where, ref: undefined }, { name, trust }, [{ form: "this job", claims, unknown: [] }]);

describe.each(environments)("trust of %s", (environment) => {
  const { trust } = planOf(environment, "with_ids");

  it("doctor says that a token fits exactly if the evaluator does", () => {
    for (const { job } of rows)
      for (const form of forms) {
        const expected = rolesFor(trust, job, form);
        const fitting = roleNames.filter(
          (role) => answersFor(trust[role], role, claimsIn(job, form))[0]?.state === "fine",
        );
        expect([job, form, fitting]).toEqual([job, form, expected]);
      }
  });

  it("the claims that it names are those that are wrong: corrected, the token fits, and without any of them it does not", () => {
    const anyRow = fc.constantFrom(...rows);
    const anyRole = fc.constantFrom(...roleNames);
    fc.assert(
      fc.property(anyRow, anyRole, fc.constantFrom(...forms), ({ job }, role, form) => {
        const claims = claimsIn(job, form);
        if (claims["iss"] !== "https://token.actions.githubusercontent.com") return;
        const named = answersFor(trust[role], role, claims).flatMap(({ state, what }) => {
          const [, claim = "", expected = ""] = /its token: (\w+) is .*, and the policy expects (.*)$/.exec(what) ?? [];
          return state === "change" ? [[claim, expected.split(" or ")[0]?.replace("*", "x")] as const] : [];
        });
        const corrected = { ...claims, ...Object.fromEntries(named) };
        expect(answersFor(trust[role], role, corrected).map(({ state }) => state)).toEqual(["fine"]);
        for (const [claim] of named)
          expect(answersFor(trust[role], role, { ...corrected, [claim]: claims[claim] })[0]?.state).toBe("change");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the tokens that doctor expects", () => {
  it.each(forms)("of each job of this repository are those that GitHub documents (%s)", async (form) => {
    const { owner, name, id, ownerId } = ownRepository;
    for (const job of await jobsOf("production")) {
      const expected = claimsIn(
        {
          workflow: job.file.split("/").at(-1) ?? "",
          ...(job.environment === undefined ? {} : { environment: job.environment }),
        },
        form,
      );
      const made: Claims = claimsOf(job, { name: `${owner}/${name}`, id, ownerId }, { form, branch: "main" });
      const unpredictable = new Set(["actor", "actor_id", "enterprise_id", "workflow"]);
      for (const claim of comparedClaims.filter((one) => !unpredictable.has(one)))
        expect([job.where, claim, made[claim]]).toEqual([job.where, claim, expected[claim]]);
    }
  });
});

/** The jobs of this repository's workflows, with the roles as their variables. */
async function jobsOf(environment: Environment): Promise<AwsJob[]> {
  const prefix = environment === "production" ? "" : `${environment.toUpperCase()}_`;
  const variables = new Map(roleNames.map((role) => [`${prefix}AWS_${role.toUpperCase()}_ROLE`, arnOf(role)]));
  return awsJobs({
    workflows: await workflowTexts(root),
    repository: `${ownRepository.owner}/${ownRepository.name}`,
    toolkit: "rainbow-seeker/deploy-toolkit",
    toolkitWorkflow: () => undefined,
    environment,
    variable: (name) => variables.get(name) ?? null,
  });
}

describe.each(environments)("permissions of %s", (environment) => {
  const suffix = environment === "production" ? "" : `-${environment}`;
  const needed = async (role: RoleName): Promise<Needed[]> => {
    const jobs = (await jobsOf(environment)).filter((job) => job.role === arnOf(role));
    expect(jobs.length).toBeGreaterThan(0);
    return neededPermissions(facts(suffix), jobs);
  };
  const missing = (policy: Policy, all: Needed[]) =>
    byReference({ policies: async () => [policy], boundary: async () => undefined }, all);

  it.each(roleNames)("%s has all that doctor looks for", async (role) => {
    expect(await missing(planOf(environment, "with_ids").permissions[role], await needed(role))).toEqual([]);
  });

  it.each(roleNames)("%s: each permission that is taken away is missed", async (role) => {
    const policy = planOf(environment, "with_ids").permissions[role];
    const all = await needed(role);
    const actions = [...new Set(listOf(policy.Statement).flatMap(({ Action }) => listOf(Action)))];
    // What only some runs call is granted, and not looked for: Only… in the policies of the actions.
    const optional = optionalActions();
    // The services' secrets are parameters; the one in Secrets Manager is the migration's.
    if (role === "deploy") optional.add("secretsmanager:DescribeSecret");
    for (const action of actions) {
      const without: Policy = {
        Statement: listOf(policy.Statement).map((one) => ({
          ...one,
          Action: listOf(one.Action).filter((other) => other !== action),
        })),
      };
      const found = (await missing(without, all)).map((one) => one.action);
      expect([action, found.includes(action) || optional.has(action)]).toEqual([action, true]);
      expect(found.filter((other) => other !== action)).toEqual([]);
    }
  });

  it("a boundary that lacks something is noticed, although the role's policy has it", async () => {
    const policy = planOf(environment, "with_ids").permissions.deploy;
    const all = await needed("deploy");
    const boundary: Policy = {
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action: "ecs:UpdateService", Resource: "*" },
      ],
    };
    const found = await byReference({ policies: async () => [policy], boundary: async () => boundary }, all);
    expect([...new Set(found.map(({ action }) => action))]).toEqual(["ecs:UpdateService"]);
    expect(isAllowed([policy], { action: "ecs:UpdateService" })).toBe(true);
  });
});

function optionalActions(): Set<string> {
  return new Set(
    ["deploy", "rollback", "build-push", "service-control"].flatMap((action) => {
      const { Statement } = JSON.parse(readFileSync(join(root, `actions/${action}/iam-policy.json`), "utf8")) as Policy;
      return listOf(Statement).flatMap(({ Sid = "", Action }) => (Sid.startsWith("Only") ? listOf(Action) : []));
    }),
  );
}

/** What an environment of Terraform's plans has, as AWS would tell. */
function facts(suffix: string): Facts {
  const definition = (service: string) => ({
    family: `rainbow-seeker-${service}${suffix}`,
    executionRoleArn: `arn:aws:iam::${account}:role/ecs${service === "ml" ? "Ml" : "Task"}ExecutionRole${suffix}`,
    ...(service === "api" ? { taskRoleArn: `arn:aws:iam::${account}:role/ecsTaskRole${suffix}` } : {}),
    containerDefinitions: [
      {
        name: service,
        logConfiguration: {
          logDriver: "awslogs" as const,
          options: { "awslogs-group": `/ecs/rainbow-seeker-${service}${suffix}` },
        },
      },
    ],
  });
  return {
    aws: {
      region: async () => "ap-northeast-1",
      identity: async () => ({ account, arn: "" }),
      service: async (key: string) => ({ definition: definition(key.includes("-ml") ? "ml" : "api") }),
    },
    dependencies: { toolkitFile: (path: string) => readFileSync(join(root, path), "utf8") },
  } as unknown as Facts;
}
