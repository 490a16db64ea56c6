// Checks everything between a workflow and a running service, and changes nothing: what is wrong comes with its remedy, and
// what cannot be reached from here with what to give.
import { awsJobs, requiredVariables, type WorkflowContext } from "../workflows/jobs.ts";
import { originOf, workflowTexts } from "../github/checkout.ts";
import { awsFacts } from "./aws-facts.ts";
import { checkClock } from "./checks/clock.ts";
import { checkEnvironment } from "./checks/environment.ts";
import { checkImages } from "./checks/images.ts";
import { checkLogin } from "./checks/login.ts";
import { checkPermissions } from "./checks/permissions.ts";
import { checkPins } from "./checks/pins.ts";
import { checkRegion } from "./checks/region.ts";
import { checkRunners } from "./checks/runner.ts";
import { checkServices } from "./checks/service.ts";
import { checkTimeLimits } from "./checks/time-limits.ts";
import { checkVariables } from "./checks/variables.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Facts } from "./facts.ts";
import { answersOf, unknownBecause, type Answer, type Finding, type Topic } from "./finding.ts";
import { gitHubFacts } from "./github-facts.ts";
import type { Inputs } from "./inputs.ts";
import { readToken, type Claims } from "./token.ts";

const checks: Record<Topic, (facts: Facts) => Promise<Answer[]>> = {
  Login: checkLogin,
  Environment: checkEnvironment,
  Variables: checkVariables,
  Permissions: checkPermissions,
  Service: checkServices,
  Images: checkImages,
  Runner: checkRunners,
  Pins: checkPins,
  "Time limits": checkTimeLimits,
  Clock: checkClock,
  Region: checkRegion,
};

export async function examine(inputs: Inputs, dependencies: Dependencies): Promise<Finding[]> {
  const { facts, findings } = await gather(inputs, dependencies);
  const found = await Promise.all(
    Object.entries(checks).map(([topic, check]) => answersOf(topic as Topic, () => check(facts))),
  );
  return [...findings, ...found.flat()];
}

/** What all checks begin with; what of it is not known is a finding. */
async function gather(inputs: Inputs, dependencies: Dependencies): Promise<{ facts: Facts; findings: Finding[] }> {
  const { environment, run, send, toolkitFile } = dependencies;
  const repository = inputs.repository ?? (environment["GITHUB_REPOSITORY"] || (await originOf(inputs.folder, run)));
  const github = gitHubFacts(repository, dependencies);
  const [workflows, variables, token] = await Promise.all([
    workflowTexts(inputs.folder),
    github.variables().catch((error: unknown) => ({ error })),
    readToken(environment, send).catch((error: unknown) => ({ error })),
  ]);
  const known = "error" in variables ? undefined : variables;
  const context: WorkflowContext = {
    workflows: withoutInfrastructure(workflows),
    repository: repository ?? "OWNER/NAME",
    toolkit: toolkitName(toolkitFile),
    toolkitWorkflow: (file) => toolkitFile(`.github/workflows/${file}`),
    environment: inputs.environment,
    variable: (name) => inputs.variables.get(name) ?? (known === undefined ? undefined : (known.get(name) ?? null)),
  };
  const required = requiredVariables(context);
  const facts: Facts = {
    inputs,
    dependencies,
    github,
    aws: awsFacts(dependencies),
    repository,
    workflows: context,
    // A role whose variable nothing requires and nobody has set is that of jobs that do not run.
    jobs: awsJobs(context).filter(
      ({ role, roleSource }) => role !== undefined || context.variable(roleSource) !== null || required.has(roleSource),
    ),
    token: isFailed(token) ? undefined : token,
    variablesUnknown: "error" in variables ? variables.error : undefined,
  };
  return { facts, findings: isFailed(token) ? [{ topic: "Login", ...unknownBecause(token.error) }] : [] };
}

/** Applying Terraform from GitHub is no part of a deployment: its roles and environments are set up on their own, or not. */
const withoutInfrastructure = (workflows: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...workflows].filter(([, text]) => !/^\s*uses: \S*\/\.github\/workflows\/terraform\.yml\b/m.test(text)));

const isFailed = (token: Claims | { error: unknown } | undefined): token is { error: unknown } =>
  token !== undefined && typeof token["error"] === "object";

/** OWNER/NAME, from `repository` in package.json: "github:OWNER/NAME". */
function toolkitName(toolkitFile: Dependencies["toolkitFile"]): string {
  const { repository = "" } = JSON.parse(toolkitFile("package.json") ?? "{}") as { repository?: string };
  return repository.replace(/^github:/, "");
}
