// Whether the log groups exist that the awslogs driver does not create: without one a task cannot start.
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { withRetry } from "../../aws.ts";
import type { Check, CheckContext } from "./check.ts";

interface LogGroup {
  name: string;
  /** undefined: that of the service. */
  region: string | undefined;
}

/** Each once. Those behind an endpoint of its own cannot be asked about. */
export function logGroupsOf(containers: ContainerDefinition[]): LogGroup[] {
  const groups = containers.flatMap(({ logConfiguration: { logDriver, options = {} } = {} }) => {
    const { "awslogs-group": name, "awslogs-region": region, "awslogs-endpoint": endpoint } = options;
    if (logDriver !== "awslogs" || !name || endpoint || creates(options["awslogs-create-group"])) return [];
    return [{ name, region: region || undefined }];
  });
  return [...new Map(groups.map((group) => [JSON.stringify(group), group])).values()];
}

/** The driver reads it as Go's strconv.ParseBool does (moby, daemon/logger/awslogs). */
const creates = (value: string | undefined): boolean => /^(1|t|T|TRUE|true|True)$/.test(value ?? "");

export function logGroupCheck(context: CheckContext, { name, region }: LogGroup): Check {
  return async () => {
    // Of the groups with this prefix the shortest comes first.
    const { logGroups = [] } = await withRetry(context, "logs:DescribeLogGroups", () =>
      context.logs(region).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name })),
    );
    if (logGroups.some(({ logGroupName }) => logGroupName === name)) return undefined;
    const where = region === undefined ? "" : ` in ${region}`;
    return {
      isCertain: true,
      text: `log group ${name}: does not exist${where}, and awslogs-create-group is not "true"`,
    };
  };
}
