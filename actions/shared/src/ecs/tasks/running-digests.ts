// The digests of the images that the tasks of a deployment run.
import { DescribeTasksCommand, ListTasksCommand, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import { withRetry, type RetryContext } from "../../aws.ts";

export interface RunningTasksQuery {
  cluster: string;
  service: string;
  taskDefinitionArn: string;
  /** ID of the deployment; tasks say so in `startedBy`, where emulators write the service's name. */
  deploymentId: string | undefined;
}

/** Name of a container → the digests in all tasks that have pulled it. */
export type RunningDigests = ReadonlyMap<string, ReadonlySet<string>>;

/** So many tasks are looked at, a hundred a call; ECS has up to 5,000 of one service. */
const mostTasks = 1000;

/** @returns undefined where there are too many tasks to look at all of them. */
export async function runningDigests(
  session: RetryContext & { ecs: ECSClient },
  query: RunningTasksQuery,
): Promise<RunningDigests | undefined> {
  const digests = new Map<string, Set<string>>();
  let nextToken: string | undefined;
  for (let seen = 0; seen < mostTasks; seen += 100) {
    const page = await readPage(session, query, nextToken);
    for (const { name = "", imageDigest } of page.tasks.flatMap(({ containers = [] }) => containers))
      // A container that is still being pulled has none; it gets what the others of the deployment have.
      if (imageDigest !== undefined) digests.set(name, (digests.get(name) ?? new Set()).add(imageDigest));
    nextToken = page.nextToken;
    if (nextToken === undefined) return digests;
  }
  return undefined;
}

async function readPage(
  session: RetryContext & { ecs: ECSClient },
  { cluster, service, taskDefinitionArn, deploymentId }: RunningTasksQuery,
  token: string | undefined,
): Promise<{ tasks: Task[]; nextToken: string | undefined }> {
  const { ecs } = session;
  const list = { cluster, serviceName: service, desiredStatus: "RUNNING" as const, maxResults: 100 };
  const { taskArns = [], nextToken } = await withRetry(session, "ecs:ListTasks", () =>
    ecs.send(new ListTasksCommand({ ...list, ...(token === undefined ? {} : { nextToken: token }) })),
  );
  if (taskArns.length === 0) return { tasks: [], nextToken };
  const { tasks = [] } = await withRetry(session, "ecs:DescribeTasks", () =>
    ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
  );
  const isOurs = (task: Task) =>
    task.taskDefinitionArn === taskDefinitionArn &&
    (deploymentId === undefined || !task.startedBy?.startsWith("ecs-svc/") || task.startedBy === deploymentId);
  return { tasks: tasks.filter(isOurs), nextToken };
}
