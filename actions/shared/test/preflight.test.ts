// What a look before a deployment may conclude: only what is certain blocks it. Each row is a deployment that works on AWS,
// or one that cannot.
import { afterEach, describe, expect, it } from "vitest";
import { clients } from "../src/clients.ts";
import { preflight } from "../src/ecs/preflight.ts";
import type { PreflightClients } from "../src/ecs/preflight/check.ts";
import { errorOf } from "../../../test/lib/error-of.ts";
import { AwsError, ScriptedAws, simulatedClock, type Handlers } from "./scripted-aws.ts";

let aws: ScriptedAws | undefined;
afterEach(() => aws?.stop());

const own = "123456789012";
const other = "999999999999";
const executionRoleArn = `arn:aws:iam::${own}:role/execution`;
const ecr = (name: string, registry = own) => `${registry}.dkr.ecr.ap-northeast-1.amazonaws.com/${name}`;

interface Looked {
  error: Error | undefined;
  warnings: string[];
  lines: string[];
  /** "logs us-east-1", for each client that was asked for. */
  regions: string[];
  aws: ScriptedAws;
  /** Simulated milliseconds. */
  took: number;
}

async function look(
  container: object,
  handlers: Handlers = {},
  definition: object = { executionRoleArn },
): Promise<Looked> {
  aws = await ScriptedAws.start(handlers);
  const clock = simulatedClock();
  const started = clock.now();
  const [warnings, lines, regions] = [[] as string[], [] as string[], [] as string[]];
  const made = clients(aws.client);
  const seen = <K extends keyof PreflightClients>(name: K): PreflightClients[K] =>
    ((region?: string) => {
      regions.push(`${name} ${region ?? "-"}`);
      return made[name](region as string);
    }) as PreflightClients[K];
  const error = await errorOf(() =>
    preflight(
      {
        logs: seen("logs"),
        ecr: seen("ecr"),
        ssm: seen("ssm"),
        secretsManager: seen("secretsManager"),
        clock,
        log: (line) => lines.push(line),
        annotate: (_level, _title, text) => warnings.push(text),
        deadline: clock.now() + 3_600_000,
      },
      { family: "api", containerDefinitions: [{ name: "api", ...container }], ...definition },
    ),
  );
  return { error, warnings, lines, regions, aws, took: clock.now() - started };
}

type Row = [what: string, container: object, handlers: Handlers, said?: string | RegExp];

const image = (name: string) => ({ image: name });
const secret = (valueFrom: string) => ({ secrets: [{ name: "A", valueFrom }] });
const logs = (options: Record<string, string>) => ({
  logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ecs/api", ...options } },
});
const noImage: Handlers = { "ecr:DescribeImages": () => new AwsError("ImageNotFoundException", "no") };
const noRepository: Handlers = { "ecr:DescribeImages": () => new AwsError("RepositoryNotFoundException", "no") };
const rules = (...prefixes: string[]): Handlers => ({
  "ecr:DescribePullThroughCacheRules": () => ({
    pullThroughCacheRules: prefixes.map((ecrRepositoryPrefix) => ({ ecrRepositoryPrefix })),
  }),
});
const noSecret: Handlers = { "secretsmanager:DescribeSecret": () => new AwsError("ResourceNotFoundException", "no") };
const noParameter: Handlers = { "ssm:DescribeParameters": () => ({ Parameters: [] }) };
const noGroup: Handlers = { "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api-2" }] }) };
const secretArn = (account: string, region = "ap-northeast-1") =>
  `arn:aws:secretsmanager:${region}:${account}:secret:db-AbCdEf`;
const parameterArn = (account: string, name: string, region = "ap-northeast-1") =>
  `arn:aws:ssm:${region}:${account}:parameter/${name}`;

describe("what is certainly missing stops the deployment", () => {
  it.each<Row>([
    [
      "an image, with no rule for its repository",
      image(ecr("api:v1")),
      { ...noImage, ...rules("hub") },
      "is not in ECR",
    ],
    ["an image by digest", image(ecr(`api@sha256:${"a".repeat(64)}`)), { ...noImage, ...rules() }, "is not in ECR"],
    ["a repository", image(ecr("team/api:v1")), { ...noRepository, ...rules("hub", "tea") }, "is not in ECR"],
    [
      "a parameter by name",
      secret("/api/key"),
      noParameter,
      "secret /api/key: there is no such parameter in this region",
    ],
    ["a parameter by ARN", secret(parameterArn(own, "api/key")), noParameter, "no such parameter in ap-northeast-1"],
    [
      "a parameter of another region",
      secret(parameterArn(own, "k", "us-east-1")),
      noParameter,
      "parameter in us-east-1",
    ],
    ["a secret", secret(`${secretArn(own)}:key::`), noSecret, `secret ${secretArn(own)}:key::: does not exist`],
    [
      "a secret that is being deleted, of another account, too",
      secret(secretArn(other)),
      { "secretsmanager:DescribeSecret": () => ({ DeletedDate: 1 }) },
      "is being deleted",
    ],
    ["a log group", logs({}), noGroup, "log group /ecs/api: does not exist, and"],
    ["a log group of another region", logs({ "awslogs-region": "us-east-1" }), noGroup, "does not exist in us-east-1"],
    ["a log group that is not to be created", logs({ "awslogs-create-group": "false" }), noGroup, "does not exist"],
  ])("%s", async (_what, container, handlers, said) => {
    const { error, warnings } = await look(container, handlers);
    expect(error).toMatchObject({ name: "ConfigurationError" });
    expect(error!.message).toContain("api cannot run; nothing was changed.");
    expect(error!.message).toContain(said);
    expect(warnings).toEqual([]);
  });
});

describe("what nobody can know is a warning", () => {
  const denied = (action: string) => ({
    [action]: () => new AwsError("AccessDeniedException", `User: x is not authorized to perform: ${action}`),
  });

  it.each<Row>([
    [
      "an image of a pull-through cache",
      image(ecr("hub/library/nginx:1")),
      { ...noRepository, ...rules("hub") },
      "is left to the pull-through cache",
    ],
    [
      "an image of any repository, with a rule for all",
      image(ecr("api:1")),
      { ...noImage, ...rules("ROOT") },
      "is left to the pull-through cache",
    ],
    [
      "an image whose rules nobody may read",
      image(ecr("api:1")),
      { ...noImage, ...denied("ecr:DescribePullThroughCacheRules") },
      "A pull-through cache may provide it",
    ],
    [
      "an image whose rules are not known here",
      image(ecr("api:1")),
      { ...noImage, "ecr:DescribePullThroughCacheRules": () => new AwsError("UnknownOperationException", "") },
      "A pull-through cache may provide it",
    ],
    [
      "an image with more rules than a page",
      image(ecr("api:1")),
      { ...noImage, "ecr:DescribePullThroughCacheRules": () => ({ nextToken: "2" }) },
      "A pull-through cache may provide it",
    ],
    ["an image of another account", image(ecr("api:1", other)), noRepository, "A pull-through cache may provide it"],
    [
      "a secret of another account",
      secret(`${secretArn(other)}:key::`),
      noSecret,
      "was not found in its account, which may hide it",
    ],
    [
      "a parameter of another account",
      secret(parameterArn(other, "k")),
      noParameter,
      "is not among the parameters that other accounts share",
    ],
  ])("%s", async (_what, container, handlers, said) => {
    const { error, warnings } = await look(container, handlers);
    expect(error).toBeUndefined();
    expect(warnings.at(-1)).toContain(said);
    expect(warnings.at(-1)).toMatch(/^api: /);
  });

  it("a call that AWS refuses is a line of the log", async () => {
    const invalid = { "ssm:DescribeParameters": () => new AwsError("ValidationException", "Parameter name: spaces") };
    const { error, warnings, lines } = await look(secret("/a b"), invalid);
    expect([error, ...warnings]).toEqual([undefined]);
    expect(lines).toEqual([expect.stringMatching(/ValidationException.*; it was not checked before the deployment/)]);
  });

  it("an AWS that does not answer holds nothing up for longer than a minute", async () => {
    const throttled = { "ecr:DescribeImages": () => new AwsError("ThrottlingException", "Rate exceeded") };
    const { error, took, lines } = await look(image(ecr("api:1")), throttled);
    expect(error).toBeUndefined();
    expect(took).toBeLessThan(61_000);
    expect(lines.at(-1)).toContain("it was not checked before the deployment");
  });

  it("expired credentials stop it all the same", async () => {
    const expired = { "ecr:DescribeImages": () => new AwsError("ExpiredTokenException", "expired") };
    expect((await look(image(ecr("api:1")), expired)).error).toMatchObject({ name: "ConfigurationError" });
  });

  it("in an account that is not known, ARNs may be of others", async () => {
    const parameter = await look(secret(parameterArn(own, "k")), noParameter, {});
    expect(parameter.error).toBeUndefined();
    expect(parameter.warnings).toEqual([expect.stringContaining("is not among the parameters")]);
    expect((await look(secret(secretArn(own)), noSecret, {})).error).toBeUndefined();
    expect((await look(secret("/k"), noParameter, {})).error!.message).toContain("no such parameter");
  });
});

describe("what is there, or elsewhere, is not mentioned", () => {
  const parameters = (...Parameters: object[]): Handlers => ({ "ssm:DescribeParameters": () => ({ Parameters }) });

  it.each<Row>([
    ["an image in ECR", image(ecr("api:v1")), { "ecr:DescribeImages": () => ({ imageDetails: [{}] }) }],
    ["an image of Docker Hub", image("nginx:1"), {}],
    ["an image of ECR Public", image("public.ecr.aws/nginx/nginx:1"), {}],
    ["a parameter with a version", secret("/api/key:3"), parameters({ Name: "/api/key" })],
    ["a public parameter of AWS", secret("/aws/service/ami"), {}],
    ["a reference to Secrets Manager", secret("/aws/reference/secretsmanager/db"), {}],
    ["a shared parameter", secret(parameterArn(other, "k")), parameters({ ARN: parameterArn(other, "k") })],
    [
      "a shared parameter with a label",
      secret(`${parameterArn(other, "k")}:live`),
      parameters({ ARN: parameterArn(other, "k") }),
    ],
    ["a source that is neither", secret(`arn:aws:s3:::bucket/key`), {}],
    ["a secret", secret(secretArn(own)), { "secretsmanager:DescribeSecret": () => ({}) }],
    ["a log group that is created", logs({ "awslogs-create-group": "true" }), {}],
    ["a log group that is created, as Go writes true", logs({ "awslogs-create-group": "1" }), {}],
    ["a log group behind an endpoint of its own", logs({ "awslogs-endpoint": "https://logs.local" }), {}],
    ["another log driver", { logConfiguration: { logDriver: "json-file", options: { "awslogs-group": "x" } } }, {}],
    ["a container without anything", {}, {}],
  ])("%s", async (_what, container, handlers) => {
    const { error, warnings, lines } = await look(container, handlers);
    expect([error, ...warnings, ...lines]).toEqual([undefined]);
  });
});

describe("what is asked, and where", () => {
  it("follows the pages of parameters, of which one may be empty", async () => {
    const pages: Handlers = {
      "ssm:DescribeParameters": ({ NextToken }) =>
        NextToken === undefined ? { Parameters: [], NextToken: "2" } : { Parameters: [{ Name: "/k" }] },
    };
    const { error, aws } = await look(secret("/k"), pages);
    expect(error).toBeUndefined();
    expect(aws.count("ssm:DescribeParameters")).toBe(2);
  });

  it("by name without path, version or label", async () => {
    const { aws } = await look(secret(`${parameterArn(own, "plain")}:7`), noParameter);
    expect(aws.last("ssm:DescribeParameters")).toEqual({
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: ["/plain", "plain"] }],
    });
  });

  it("in the region of the thing", async () => {
    const everything = {
      image: `${own}.dkr.ecr-fips.us-gov-west-1.amazonaws.com/api:1`,
      secrets: [
        { name: "A", valueFrom: parameterArn(own, "k", "eu-west-1") },
        { name: "B", valueFrom: secretArn(own, "eu-west-2") },
        { name: "C", valueFrom: "k" },
      ],
      ...logs({ "awslogs-region": "eu-west-3" }),
    };
    const { regions, error } = await look(everything, {
      "ecr:DescribeImages": () => ({}),
      "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
      "secretsmanager:DescribeSecret": () => ({}),
      "logs:DescribeLogGroups": () => ({ logGroups: [{ logGroupName: "/ecs/api" }] }),
    });
    expect(error).toBeUndefined();
    expect(regions.toSorted()).toEqual([
      "ecr us-gov-west-1",
      "logs eu-west-3",
      "secretsManager eu-west-2",
      "ssm -",
      "ssm eu-west-1",
    ]);
  });

  it("asks for the rules of a registry only when an image is missing, and not of another account", async () => {
    const there = await look(image(ecr("api:1")), { "ecr:DescribeImages": () => ({}) });
    expect(there.aws.count("ecr:DescribePullThroughCacheRules")).toBe(0);
    const elsewhere = await look(image(ecr("api:1", other)), noImage);
    expect(elsewhere.aws.count("ecr:DescribePullThroughCacheRules")).toBe(0);
  });
});
