// Whether everything is in one region and account: the credentials, the workflows, the roles, and what the services name.
import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { parseEcrImage } from "../../../../actions/shared/src/ecs/ecr-image.ts";
import { advice, change, fine, unknownBecause, type Answer } from "../finding.ts";
import { servicesOf, type Facts } from "../facts.ts";

export async function checkRegion(facts: Facts): Promise<Answer[]> {
  const region = await facts.aws.region();
  const ofJobs = facts.jobs.flatMap((job) =>
    job.region !== undefined && job.region !== region
      ? [
          change(
            `${job.where} works in ${job.region}, and this terminal in ${region}: what is said of AWS here is about another region`,
            `export AWS_REGION=${job.region}, or aws-region: ${region} in the workflow`,
          ),
        ]
      : [],
  );
  const [account, definitions] = await Promise.all([ofAccount(facts), ofDefinitions(facts, region)]);
  const problems = [...ofJobs, ...account, ...definitions];
  return problems.length > 0 ? problems : [fine(`workflows, roles and services are in ${region}`)];
}

async function ofAccount({ aws, jobs }: Facts): Promise<Answer[]> {
  try {
    const { account } = await aws.identity();
    const others = new Set(
      jobs.flatMap(({ role }) => (role !== undefined && accountOf(role) !== account ? [role] : [])),
    );
    return [...others].map((role) =>
      advice(
        `${role} is in another account than these credentials (${account})`,
        `Log in to account ${accountOf(role)} to have it checked, or correct the variable.`,
      ),
    );
  } catch (error) {
    return [unknownBecause(error)];
  }
}

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

/** A service that cannot be read is another check's matter. */
async function ofDefinitions(facts: Facts, region: string): Promise<Answer[]> {
  const answers = await Promise.all(
    servicesOf(facts).map(async (key) => {
      const service = await facts.aws.service(key).catch(() => undefined);
      return service?.definition === undefined ? [] : foreignRegions(service.name, service.definition, region);
    }),
  );
  return answers.flat();
}

/** Images, secrets and logs may be elsewhere; it is seldom meant. */
export function foreignRegions(service: string, definition: TaskDefinition, region: string): Answer[] {
  const named = (definition.containerDefinitions ?? []).flatMap(({ image = "", secrets = [], logConfiguration }) => [
    { what: `the image ${image.replace(/@.*/, "")}`, region: parseEcrImage(image)?.region },
    ...secrets.map(({ name, valueFrom = "" }) => ({ what: `the secret ${name}`, region: valueFrom.split(":")[3] })),
    { what: "the log", region: logConfiguration?.options?.["awslogs-region"] },
  ]);
  return named
    .filter((one) => one.region !== undefined && one.region !== "" && one.region !== region)
    .map((one) =>
      advice(
        `${service}: ${one.what} is in ${one.region}, and the service in ${region}`,
        `Name what is in ${region}, unless it is meant so; the roles need permissions for ${one.region}.`,
      ),
    );
}
