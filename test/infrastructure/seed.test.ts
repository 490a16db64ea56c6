import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { container, environmentNames, explained, kept, secretNames } from "./seed-values.ts";
import { System, type Resource } from "./system.ts";

interface Container {
  environment: { name: string; value: string }[];
  secrets: { name: string }[];
}

/** The name of a bucket without the suffix that makes it unique in the world, of which the design document knows nothing. */
const named = ({ bucket, ...values }: Resource["values"]): Resource["values"] => ({
  ...values,
  ...(typeof bucket === "string" ? { bucket: bucket.replace(/-acme$/, "") } : {}),
});

const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("production has what the design document gives", () => {
  const { resources } = new System("production", inject("states").production);
  const valuesOf = (type: string) => resources.filter((one) => one.type === type).map(({ values }) => named(values));
  const task = valuesOf("aws_ecs_task_definition").find(({ family }) => family === "rainbow-seeker-api");
  const [api] = JSON.parse(String(task?.["container_definitions"])) as [Container];

  test.each(kept)("$seed", ({ type, has }) => {
    expect(valuesOf(type)).toContainEqual(expect.objectContaining(has));
  });

  test("the service has 3 tasks in 2 private subnets", () => {
    const services = valuesOf("aws_ecs_service").filter(({ name }) => name === "rainbow-seeker-api");
    expect(services).toHaveLength(1);
    expect(services[0]?.["tags"]).toMatchObject({ "deploy:initial-count": "3" });
    expect(services[0]?.["network_configuration"]).toMatchObject([{ assign_public_ip: false }]);
    expect(services[0]?.["load_balancer"]).toMatchObject([{ container_name: "api", container_port: 3000 }]);
    expect(valuesOf("aws_subnet")).toHaveLength(4);
  });

  test("the container of api", () => {
    expect(api).toMatchObject(container);
    expect(api.environment).toContainEqual({ name: "NODE_ENV", value: "production" });
    expect(api.environment.map(({ name }) => name)).toEqual(expect.arrayContaining(environmentNames));
    expect(api.secrets.map(({ name }) => name)).toEqual(expect.arrayContaining(secretNames));
  });

  test("the policy of api's task role", () => {
    const statements = valuesOf("aws_iam_policy_document").flatMap(
      ({ statement }) => statement as { actions: string[] | null; resources: string[] | null }[],
    );
    const actions = statements.map((one) => (one.actions ?? []).toSorted());
    expect(actions).toContainEqual(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]);
    expect(actions).toContainEqual(["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]);
  });
});

describe("files say what the design document gives", () => {
  test.each([
    ["a backup at 02:00", ".github/workflows/backup.yml", 'cron: "0 2 * * *"'],
    ["region ap-northeast-1", "infra/environments/production/variables.tf", '= "ap-northeast-1"'],
    ["the tag Environment of production", "infra/environments/production/main.tf", 'Environment = "production"'],
    ["the tag Environment of staging", "infra/environments/staging/main.tf", 'Environment = "staging"'],
    ["staging: RDS t3.micro", "infra/environments/staging/main.tf", '"db.t3.micro"'],
    ["staging: ElastiCache t3.micro", "infra/environments/staging/main.tf", '"cache.t3.micro"'],
    ["staging: ECS with a single instance", "infra/environments/staging/main.tf", /^ {2}api\s+= \{ count = 1\b/m],
    ["development: port 3000 of api", "docker-compose.yml", "API_PORT:-3000}:3000"],
    ["development: port 5000 of ml-system", "docker-compose.yml", "ML_PORT:-5000}:5000"],
  ] as const)("%s", (_, path, text) => {
    if (typeof text === "string") expect(read(path)).toContain(text);
    else expect(read(path)).toMatch(text);
  });
});

test.each(explained)("$seed is explained in $page", ({ page, says }) => {
  expect(read(join("docs/decisions", page))).toContain(says);
});
