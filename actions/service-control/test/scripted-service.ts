// Services that can be stopped, their autoscaling and the rule before them, as ECS, Application Auto Scaling and Elastic
// Load Balancing answer: tasks start and stop a
// moment after the desired count has changed, and registering a scalable target moves the count into its range
// (API reference of Application Auto Scaling, "RegisterScalableTarget").
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";

const account = "123456789012";
const arnOf = (name: string): string => `arn:aws:ecs:ap-northeast-1:${account}:service/default/${name}`;

/** As AWS has it for a service without suspended activities. */
export const active = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};
export const suspended = {
  DynamicScalingInSuspended: true,
  DynamicScalingOutSuspended: true,
  ScheduledScalingSuspended: true,
};

export interface Target {
  MinCapacity: number;
  MaxCapacity: number;
  SuspendedState: typeof active;
}

export class ScriptedService {
  desired: number;
  running: number;
  readonly tags = new Map<string, string>();
  target: Target | undefined;
  /** More fields, as DescribeServices has them. */
  more: object = {};
  /** Values of the conditions of the rule before it, by their field; undefined: there is no rule. */
  rule: Record<string, string> | undefined;
  /** Whether tasks start and stop. */
  isStuck = false;

  constructor(desired: number, target?: { min: number; max: number }) {
    this.desired = desired;
    this.running = desired;
    this.target = target && { MinCapacity: target.min, MaxCapacity: target.max, SuspendedState: active };
  }

  /** What a scale-out would do now: it never leaves a service below its minimum. */
  scaleOut(): void {
    if (this.target && !this.target.SuspendedState.DynamicScalingOutSuspended)
      this.desired = Math.min(this.target.MaxCapacity, Math.max(this.target.MinCapacity, this.desired + 1));
  }

  get state(): object {
    return { desired: this.desired, target: this.target, rule: this.rule, tags: Object.fromEntries(this.tags) };
  }
}

/** Of the rule before a service. */
export const ruleArnOf = (name: string): string =>
  `arn:aws:elasticloadbalancing:ap-northeast-1:${account}:listener-rule/app/alb/50dc6c495c0c9188/f2f7dc8efc522ab2/${name}`;
export const hidden = { "host-header": "maintenance.invalid" };
export const shown = { "path-pattern": "/*" };

/** As AWS answers: in the old field and in the new one. */
const configs: Record<string, string> = { "host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig" };
const conditionsOf = (rule: Record<string, string>): object[] =>
  Object.entries(rule).map(([Field, value]) => ({ Field, Values: [value], [configs[Field]!]: { Values: [value] } }));

const nameIn = (arn: string): string => arn.split("/").at(-1)!;

export function handlersOf(services: Record<string, ScriptedService>): Handlers {
  const found = (name: string): ScriptedService | undefined => services[nameIn(name)];
  return {
    "ecs:DescribeServices": ({ services: names }) => ({
      services: names.flatMap((name: string) => {
        const service = found(name);
        if (!service) return [];
        const { desired, running, more, isStuck } = service;
        if (!isStuck) service.running += Math.sign(desired - running);
        const tags = [...service.tags].map(([key, value]) => ({ key, value }));
        return [
          {
            serviceName: name,
            serviceArn: arnOf(name),
            status: "ACTIVE",
            loadBalancers: service.rule ? [{ targetGroupArn: "arn", containerName: name, containerPort: 3000 }] : [],
            taskDefinition: `arn:aws:ecs:ap-northeast-1:${account}:task-definition/${name}:1`,
            desiredCount: desired,
            runningCount: running,
            pendingCount: 0,
            tags,
            ...more,
          },
        ];
      }),
    }),
    "ecs:UpdateService": ({ service, desiredCount }) => {
      found(service)!.desired = desiredCount;
      return { service: {} };
    },
    "ecs:TagResource": ({ resourceArn, tags }) => {
      for (const { key, value } of tags) found(resourceArn)!.tags.set(key, value);
      return {};
    },
    "ecs:UntagResource": ({ resourceArn, tagKeys }) => {
      for (const key of tagKeys) found(resourceArn)!.tags.delete(key);
      return {};
    },
    "application-autoscaling:DescribeScalableTargets": ({ ResourceIds }) => ({
      ScalableTargets: ResourceIds.flatMap((id: string) => {
        const { target } = found(id)!;
        return target ? [{ ServiceNamespace: "ecs", ResourceId: id, ...target }] : [];
      }),
    }),
    "application-autoscaling:RegisterScalableTarget": ({ ResourceId, MinCapacity, MaxCapacity, SuspendedState }) => {
      const service = found(ResourceId);
      if (!service) return new AwsError("ValidationException", `ECS service doesn't exist: ${ResourceId}`);
      service.target = { MinCapacity, MaxCapacity, SuspendedState };
      service.desired = Math.min(MaxCapacity, Math.max(MinCapacity, service.desired));
      return {};
    },
    "elasticloadbalancing:DescribeRules": ({ RuleArns: [arn] }) => {
      const rule = found(arn)?.rule;
      if (!rule) return new AwsError("RuleNotFound", "One or more rules not found");
      const response = { ContentType: "text/plain", MessageBody: "maintenance", StatusCode: "503" };
      return {
        Rules: [
          {
            RuleArn: arn,
            Priority: "1",
            Conditions: conditionsOf(rule),
            Actions: [{ Type: "fixed-response", FixedResponseConfig: response }],
            IsDefault: false,
          },
        ],
      };
    },
    "elasticloadbalancing:ModifyRule": ({ RuleArn, Conditions }) => {
      const values = Conditions.map(({ Field, ...config }: Record<string, any>) => [
        Field,
        config[configs[Field]!].Values[0],
      ]);
      found(RuleArn)!.rule = Object.fromEntries(values);
      return { Rules: [{ RuleArn }] };
    },
  };
}
