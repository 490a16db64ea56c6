// A service in Application Auto Scaling.
import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type ApplicationAutoScalingClient,
  type RegisterScalableTargetCommandInput,
  type ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import { withRetry, type RetryContext } from "../aws.ts";

export interface ScalingSession extends RetryContext {
  autoscaling: ApplicationAutoScalingClient;
}

/** The name of the cluster, or its ARN, and of the service. */
interface Place {
  cluster: string;
  service: string;
}

const dimension = { ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount" } as const;

const resourceOf = ({ cluster, service }: Place): string => `service/${cluster.split("/").at(-1)}/${service}`;

/** undefined: the service has no autoscaling. */
export async function readScalableTarget(session: ScalingSession, place: Place): Promise<ScalableTarget | undefined> {
  const command = new DescribeScalableTargetsCommand({ ...dimension, ResourceIds: [resourceOf(place)] });
  const call = "application-autoscaling:DescribeScalableTargets";
  return (await withRetry(session, call, () => session.autoscaling.send(command))).ScalableTargets?.[0];
}

/** What is not named stays as it is; the desired count is moved into the limits (API reference). */
export async function registerScalableTarget(
  session: ScalingSession,
  place: Place,
  change: Pick<RegisterScalableTargetCommandInput, "MinCapacity" | "MaxCapacity" | "SuspendedState">,
): Promise<void> {
  const command = new RegisterScalableTargetCommand({ ...dimension, ResourceId: resourceOf(place), ...change });
  await withRetry(session, "application-autoscaling:RegisterScalableTarget", () => session.autoscaling.send(command));
}
