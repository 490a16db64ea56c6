// ECS's own record of a deployment (a "service deployment"): breaker count, alarms, stages, rollback, as they happen.
// Services last deployed before October 2024, and most emulators, have none; some roles lack the permission to read it.
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  type DeploymentStrategy,
  type ECSClient,
  type ServiceDeployment,
} from "@aws-sdk/client-ecs";
import { goOnWithout, tagError, withRetry, type RetryContext } from "../../aws.ts";
import { mapConcurrently } from "../../concurrency.ts";

export interface RecordTarget extends RetryContext {
  ecs: ECSClient;
  cluster: string;
  service: string;
  /** How the service is deployed; undefined: ROLLING, or of no interest. */
  strategy?: DeploymentStrategy | undefined;
}

/** So many empty lists in a row mean that there will be none. */
const patience = { withHistory: 10, without: 2 };

export class DeploymentRecord {
  private readonly target: RecordTarget;
  private readonly known: ReadonlySet<string>;
  private readonly taskDefinitionArn: string;
  private arn: string | undefined;
  private emptyLists = 0;
  private absent: boolean;

  private constructor(target: RecordTarget, known: ReadonlySet<string> | undefined, taskDefinitionArn: string) {
    this.target = target;
    this.known = known ?? new Set();
    this.absent = known === undefined;
    this.taskDefinitionArn = taskDefinitionArn;
  }

  /**
   * The records that are there before ours begins, so that ours is known by being new: clocks of runner and AWS may
   * differ.
   * @returns undefined if the role may not read them.
   */
  static async known(target: RecordTarget): Promise<ReadonlySet<string> | undefined> {
    try {
      return new Set(await listArns(target));
    } catch (error) {
      goOnWithout(target, "ecs:ListServiceDeployments", error, withoutRecords(target));
      return undefined;
    }
  }

  static ofUpdate(
    target: RecordTarget,
    known: ReadonlySet<string> | undefined,
    taskDefinitionArn: string,
  ): DeploymentRecord {
    return new DeploymentRecord(target, known, taskDefinitionArn);
  }

  /** The newest record that targets a revision: of a deployment that another run started. */
  static ofRunning(target: RecordTarget, taskDefinitionArn: string): DeploymentRecord {
    return new DeploymentRecord(target, new Set(), taskDefinitionArn);
  }

  get isAbsent(): boolean {
    return this.absent;
  }

  /**
   * One or, until ours is found, a few calls; undefined when there is no record (yet). Errors come out as AWS sent
   * them.
   */
  async look(called: () => void): Promise<ServiceDeployment | undefined> {
    if (this.absent) return undefined;
    try {
      this.arn ??= await this.find(called);
      if (this.arn === undefined) return undefined;
      called();
      return (await describe(this.target, [this.arn]))[0];
    } catch (error) {
      goOnWithout(this.target, "ecs:DescribeServiceDeployments", error, withoutRecords(this.target));
      this.absent = true;
      return undefined;
    }
  }

  private async find(called: () => void): Promise<string | undefined> {
    called();
    const arns = (await listArnsOnce(this.target)).filter((arn) => !this.known.has(arn));
    if (arns.length === 0) {
      this.emptyLists += 1;
      this.absent = this.emptyLists > (this.known.size > 0 ? patience.withHistory : patience.without);
      return undefined;
    }
    called();
    const candidates = await describe(this.target, arns.slice(0, 20));
    const revisions = candidates.flatMap(({ targetServiceRevision }) => targetServiceRevision?.arn ?? []);
    if (revisions.length === 0) return undefined;
    if (this.known.size > 0 && candidates.length === 1) return candidates[0]?.serviceDeploymentArn;
    called();
    const { serviceRevisions = [] } = await tagError(
      "ecs:DescribeServiceRevisions",
      this.target.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: revisions })),
    );
    const ours = new Set(
      serviceRevisions
        .filter(({ taskDefinition }) => taskDefinition === this.taskDefinitionArn)
        .map(({ serviceRevisionArn }) => serviceRevisionArn),
    );
    // Of several that are new and target our revision the first is ours.
    const order = (deployment: ServiceDeployment) => arns.indexOf(deployment.serviceDeploymentArn ?? "");
    const found = candidates
      .filter(({ targetServiceRevision }) => ours.has(targetServiceRevision?.arn))
      .toSorted((a, b) => (this.known.size > 0 ? order(b) - order(a) : order(a) - order(b)));
    return found[0]?.serviceDeploymentArn;
  }
}

/**
 * DescribeServices alone tells when the new tasks run. Where traffic is shifted afterwards, the deployment goes on from
 * there, and can still be rolled back.
 * Source: Amazon ECS developer guide, "Amazon ECS blue/green deployments", lifecycle stages.
 */
function withoutRecords({ strategy = "ROLLING" }: RecordTarget): string {
  const always = "breaker counts, alarms and lifecycle stages of the deployment are not reported";
  if (strategy === "ROLLING") return always;
  return `${always}, and what fails after the new tasks run is not seen: with the deployment strategy ${strategy} of this service, lifecycle hooks, the shift of traffic and alarms in the bake time may roll the deployment back after this step has reported its success`;
}

/** The newest records of a service, newest first; none where ECS keeps none. */
export async function newestRecords(target: RecordTarget, count: number): Promise<ServiceDeployment[]> {
  return describeAll(target, await listArns(target, count));
}

/** So many records are described, or revisions looked up, by one call (API reference). */
const perCall = 20;
/** Calls at a time, far from ECS's limit of requests. */
const atOnce = 5;

/** All records since a time, newest first. ECS keeps them for 90 days. */
export async function recordsSince(target: RecordTarget, after: Date): Promise<ServiceDeployment[]> {
  const { ecs, cluster, service } = target;
  const arns: string[] = [];
  for (let nextToken: string | undefined; ;) {
    const page = await withRetry(target, "ecs:ListServiceDeployments", () =>
      ecs.send(
        new ListServiceDeploymentsCommand({ cluster, service, createdAt: { after }, maxResults: 100, nextToken }),
      ),
    );
    arns.push(...(page.serviceDeployments ?? []).flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []));
    if (!page.nextToken) return describeAll(target, arns);
    nextToken = page.nextToken;
  }
}

/** In the order of the ARNs. */
async function describeAll(target: RecordTarget, arns: string[]): Promise<ServiceDeployment[]> {
  const described = await mapConcurrently(inGroups(arns), atOnce, (group) =>
    withRetry(target, "ecs:DescribeServiceDeployments", () => describe(target, group)),
  );
  const order = new Map(arns.map((arn, index) => [arn, index]));
  const indexOf = ({ serviceDeploymentArn = "" }: ServiceDeployment) => order.get(serviceDeploymentArn) ?? 0;
  return described.flat().toSorted((a, b) => indexOf(a) - indexOf(b));
}

/** ARN of a service revision → ARN of its task definition. ECS knows those since October 2024. */
export async function taskDefinitionsOf(target: RecordTarget, arns: string[]): Promise<Map<string, string>> {
  const described = await mapConcurrently(inGroups([...new Set(arns)]), atOnce, (serviceRevisionArns) =>
    withRetry(target, "ecs:DescribeServiceRevisions", () =>
      target.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns })),
    ),
  );
  return new Map(
    described.flatMap(({ serviceRevisions = [] }) =>
      serviceRevisions.flatMap(({ serviceRevisionArn, taskDefinition }) =>
        serviceRevisionArn && taskDefinition ? [[serviceRevisionArn, taskDefinition] as const] : [],
      ),
    ),
  );
}

const inGroups = (arns: string[]): string[][] =>
  Array.from({ length: Math.ceil(arns.length / perCall) }, (_, index) =>
    arns.slice(index * perCall, (index + 1) * perCall),
  );

async function listArnsOnce({ ecs, cluster, service }: RecordTarget, maxResults = 20): Promise<string[]> {
  const { serviceDeployments = [] } = await tagError(
    "ecs:ListServiceDeployments",
    ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults })),
  );
  return serviceDeployments.flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? []);
}

const listArns = (target: RecordTarget, maxResults?: number): Promise<string[]> =>
  withRetry(target, "ecs:ListServiceDeployments", () => listArnsOnce(target, maxResults));

async function describe({ ecs }: RecordTarget, serviceDeploymentArns: string[]): Promise<ServiceDeployment[]> {
  const { serviceDeployments = [] } = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
  return serviceDeployments;
}
