// Application Auto Scaling as its API reference describes RegisterScalableTarget: what is registered moves the desired
// count of the service into its range at once, and what a call does not name stays as it is.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
import { AwsError, type Handlers } from "./scripted-aws.ts";

export interface Range {
  MinCapacity: number;
  MaxCapacity: number;
}

export class ScriptedAutoscaling {
  /** By resource: service/CLUSTER/SERVICE. */
  readonly targets: Record<string, Range>;
  private readonly onRange: (resource: string, range: Range) => void;

  /** @param onRange told of each range that is registered, for the service to be moved into it. */
  constructor(targets: Record<string, Range> = {}, onRange: (resource: string, range: Range) => void = () => {}) {
    this.targets = targets;
    this.onRange = onRange;
  }

  get handlers(): Handlers {
    return {
      "application-autoscaling:DescribeScalableTargets": ({ ResourceIds }: { ResourceIds?: string[] }) => ({
        ScalableTargets: Object.entries(this.targets)
          .filter(([ResourceId]) => ResourceIds?.includes(ResourceId) ?? true)
          .map(([ResourceId, range]) => ({
            ServiceNamespace: "ecs",
            ScalableDimension: "ecs:service:DesiredCount",
            ResourceId,
            RoleARN: "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/x",
            CreationTime: 0,
            ...range,
          })),
      }),
      "application-autoscaling:RegisterScalableTarget": ({ ResourceId, MinCapacity, MaxCapacity }) => {
        const before = this.targets[ResourceId];
        const range = {
          MinCapacity: MinCapacity ?? before?.MinCapacity,
          MaxCapacity: MaxCapacity ?? before?.MaxCapacity,
        };
        if (range.MinCapacity === undefined || range.MaxCapacity === undefined || range.MinCapacity > range.MaxCapacity)
          return new AwsError("ValidationException", "MinCapacity and MaxCapacity are required, and in this order");
        this.targets[ResourceId] = range;
        this.onRange(ResourceId, range);
        return { ScalableTargetARN: scalableTarget };
      },
    };
  }
}

const scalableTarget = "arn:aws:application-autoscaling:ap-northeast-1:123456789012:scalable-target/0ec5";
