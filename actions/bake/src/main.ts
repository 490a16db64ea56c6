// The minutes after a deployment: find out when it began, watch, report, mark as verified.
import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { isCredentialsExpired, withRetry } from "../../shared/src/aws.ts";
import { formatDuration } from "../../shared/src/clock.ts";
import { alarmStates, missingAlarms } from "../../shared/src/ecs/alarms.ts";
import { bake, checkMetrics } from "../../shared/src/ecs/bake.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import { longerSession } from "../../shared/src/ecs/deployment/left-running.ts";
import { markVerified } from "../../shared/src/ecs/mark-verified.ts";
import { ConfigurationError, FailedError } from "../../shared/src/errors.ts";
import type { Dependencies, Run } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import { reportBake } from "./report.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { guard } = inputs;
  // A throttled call may be repeated a little longer than the time that is watched.
  const deadline = dependencies.clock.now() + (guard.bakeMinutes + 5) * 60_000;
  const run: Run = { ...dependencies, inputs, deadline };
  const services = await readServices(run);
  await checkAlarms(run);
  if (inputs.plan) return checkOnly(run, services);

  run.setOutputs({ passed: "false", reason: "" });
  const { against, ignored } = await bake(run, services, { guard, deployedAt: beganAt(services) }).catch(
    (error: unknown) => {
      throw isCredentialsExpired(error) ? unwatched(inputs, error) : error;
    },
  );
  if (against === undefined)
    for (const [arn, version] of inputs.verified) await markVerified(arn, version, { ...run, ecs: () => run.ecs });
  run.setOutputs({ passed: String(against === undefined), reason: against ?? "" });
  await reportBake(run, { against, ignored });
}

async function readServices(run: Run): Promise<Service[]> {
  const { cluster, services: names } = run.inputs;
  const { services = [] } = await withRetry(run, "ecs:DescribeServices", () =>
    run.ecs.send(new DescribeServicesCommand({ cluster, services: names })),
  );
  const missing = names.filter((name) => !services.some((one) => isCalled(one, name)));
  if (missing.length > 0)
    throw new ConfigurationError(
      `There is no service ${missing.join(", ")} in the cluster ${cluster} of this region. Check the inputs service and cluster, and AWS_REGION.`,
    );
  return services;
}

const isCalled = ({ serviceName, serviceArn }: Service, name: string): boolean =>
  serviceName === name || serviceArn === name;

async function checkAlarms(run: Run): Promise<void> {
  const { alarms } = run.inputs.guard;
  if (alarms.length === 0) return;
  const missing = missingAlarms(alarms, await alarmStates(run, alarms));
  if (missing.length > 0)
    throw new ConfigurationError(
      `There is no alarm ${missing.join(", ")} in this region. Check the input alarms, AWS_REGION, and that Terraform has been applied.`,
    );
}

/** What can be known to fail fails before the deployment, which would be rolled back for it later. */
async function checkOnly(run: Run, services: Service[]): Promise<void> {
  const { alarms, bakeMinutes, max5xxPercent } = run.inputs.guard;
  if (max5xxPercent !== undefined) await checkMetrics(run, services);
  const subjects = [...alarms, ...(max5xxPercent === undefined ? [] : ["5xx responses"])].join(", ");
  run.log(`would be watched for ${formatDuration(bakeMinutes * 60_000)}: ${subjects}`);
}

/**
 * With the first of the services, by ECS's clock, which is compared with CloudWatch's and not with this machine's.
 * undefined: ECS does not say.
 */
function beganAt(services: Service[]): number | undefined {
  const times = services.flatMap((service) => {
    const set = service.taskSets?.find(({ status }) => status === "PRIMARY");
    return (set?.createdAt ?? primaryOf(service)?.createdAt)?.getTime() ?? [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

function unwatched({ services, cluster }: Inputs, error: unknown): FailedError {
  return new FailedError(
    [
      `The AWS credentials have expired during the bake time: ${services.join(", ")} in ${cluster} run what was deployed, are no longer watched, and were not rolled back. The next run watches them again.`,
      longerSession,
    ].join("\n"),
    { cause: error },
  );
}
