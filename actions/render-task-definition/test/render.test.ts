import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { expectLine, permissionsOf, without } from "../../shared/test/denied.ts";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { fileOf, render } from "./run-render.ts";

/** Terraform has registered revision 3 with more memory; the service still runs revision 2. */
const revisions: Record<string, object> = {
  "arn:aws:ecs:r:1:task-definition/api:2": {
    family: "api",
    memory: "512",
    containerDefinitions: [{ name: "api", image: "repo@sha256:a" }],
  },
  "api:3": { family: "api", memory: "1024", containerDefinitions: [{ name: "api", image: "repo:none-yet" }] },
};
const running = (tags: object[] = []): Handlers => ({
  "ecs:DescribeServices": () => ({
    services: [{ serviceName: "api", status: "ACTIVE", taskDefinition: "arn:aws:ecs:r:1:task-definition/api:2", tags }],
  }),
  "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
    taskDefinition: { ...revisions[taskDefinition], taskDefinitionArn: taskDefinition },
  }),
});
const withTemplate = [{ key: "deploy:template", value: "api:3" }];

describe("a role that lacks", () => {
  const file = join(makeTestFolder("render-test-"), "api.json");
  writeFileSync(file, JSON.stringify(revisions["api:3"]));
  const secret: Handlers = {
    "secretsmanager:DescribeSecret": () => new AwsError("ResourceNotFoundException", "none"),
    "ssm:DescribeParameters": () => ({ Parameters: [{}] }),
  };

  it.each(permissionsOf("render-task-definition"))("%s renders a file all the same", async (permission) => {
    const given = { "task-definition": file, service: "api", images: "api=new", secrets: "TOKEN=token" };
    const all = { ...running(), ...secret };
    const { definition, lines } = await render(without("render-task-definition", permission, all), given);
    expect(definition.containerDefinitions[0].image).toBe("new");
    const about = lines.filter((line) => line.includes(permission));
    expect(about.length).toBe(1);
    expectLine(about[0]!, "render-task-definition", permission);
  });

  it.each(["ecs:DescribeServices", "ecs:DescribeTaskDefinition"])(
    "%s cannot render what a service runs",
    async (permission) => {
      const denied = without("render-task-definition", permission, running());
      const error = await render(denied, { service: "api", images: "api=new" }).catch((reason: Error) => reason);
      expect(error).toMatchObject({ name: "ConfigurationError" });
      expectLine((error as Error).message, "render-task-definition", permission);
    },
  );
});

describe("render-task-definition", () => {
  it("starts from the template revision of Terraform, so that its changes are deployed", async () => {
    const { definition, changed, lines } = await render(running(withTemplate), {
      service: "api",
      images: "api=repo@sha256:a",
    });
    expect(definition).toMatchObject({ memory: "1024", containerDefinitions: [{ image: "repo@sha256:a" }] });
    expect(changed).toBe(true);
    expect(lines).toContain("~ memory: 512 → 1024");
  });

  it("starts from the running revision without a template tag", async () => {
    const { definition, changed } = await render(running(), { service: "api", images: "api=repo@sha256:a" });
    expect(definition.memory).toBe("512");
    expect(changed).toBe(false);
  });

  it("refuses a file that ECS would reject or misread, before any call to AWS", async () => {
    const file = join(makeTestFolder("render-test-"), "api.yaml");
    const lines = [
      "family: api",
      "requiresCompatibilities: [FARGATE]",
      "networkMode: awsvpc",
      "cpu: '512'",
      "memory: '512'",
      "containerDefinitions:",
      "  - name: api",
      "    enviroment: []",
    ];
    writeFileSync(file, lines.join("\n"));
    // A call would find no handler and fail in another way.
    const rendered = render({}, { "task-definition": file, images: "api=repo@sha256:a" });
    await expect(rendered).rejects.toThrow(
      /\.enviroment: is not known here; did you mean environment\?\n +memory: with cpu 512 Fargate has 1024 to 4096/,
    );
  });

  it("refuses a source that is neither file nor revision", async () => {
    await expect(render({}, { "task-definition": "./nowhere.json", images: "api=x" })).rejects.toThrow(
      "there is no file ./nowhere.json",
    );
  });
});

const two = {
  family: "app",
  memory: "512",
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  containerDefinitions: [
    {
      name: "web",
      image: "web:1",
      environment: [
        { name: "KEPT", value: "a=b==" },
        { name: "OLD", value: "1" },
      ],
      secrets: [{ name: "TOKEN", valueFrom: "/t" }],
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ecs/app" } },
    },
    { name: "proxy", image: "proxy:1" },
  ],
};

describe("several containers at once", () => {
  it("take values of several lines byte for byte, and numbers and booleans as written", async () => {
    const containers = `
      web:
        environment: { LINES: "a\\nb", VERSION: 1.10, FLAG: true, NONE: "" }
        environment-mode: replace
        cpu: 256
        command: [sh, -c, "echo \\"$A\\" && run"]
      proxy:
        image: proxy:2
        log-driver: splunk
        unset: [X]`;
    const { definition } = await render(
      {},
      { "task-definition": fileOf(two), containers, cpu: "512", memory: "1024", tags: "team=rainbow" },
    );
    const [web, proxy] = definition.containerDefinitions;
    expect(web.environment).toEqual([
      { name: "LINES", value: "a\nb" },
      { name: "VERSION", value: "1.10" },
      { name: "FLAG", value: "true" },
      { name: "NONE", value: "" },
    ]);
    expect(web).toMatchObject({ cpu: 256, command: ["sh", "-c", 'echo "$A" && run'], secrets: [{ name: "TOKEN" }] });
    expect(proxy).toEqual({ name: "proxy", image: "proxy:2", logConfiguration: { logDriver: "splunk", options: {} } });
    expect(definition).toMatchObject({ cpu: "512", memory: "1024", tags: [{ key: "team", value: "rainbow" }] });
  });

  it("lose unset variables, and a name that becomes a secret is removed from the environment", async () => {
    const { definition, lines } = await render(
      {},
      {
        "task-definition": fileOf(two),
        images: "web=web:1",
        "container-name": "web",
        image: "web:1",
        secrets: "OLD=/old",
        "unset-environment-variables": "KEPT\nTOKEN",
      },
    );
    expect(definition.containerDefinitions[0]).toMatchObject({
      environment: [],
      secrets: [{ name: "OLD", valueFrom: "/old" }],
    });
    expect(lines).toContain("- containers.web.environment.KEPT: a=b==");
  });

  it("require container-name for an input without a name, unless only one of them gets an image", async () => {
    await expect(render({}, { "task-definition": fileOf(two), "environment-variables": "A=1" })).rejects.toThrow(
      "container-name: is required, since app has several containers: web, proxy",
    );
    const { definition } = await render(
      {},
      { "task-definition": fileOf(two), "environment-variables": "A=1", images: "proxy=proxy:2" },
    );
    expect(definition.containerDefinitions[1].environment).toEqual([{ name: "A", value: "1" }]);
  });

  it("are all listed if one is misspelled", async () => {
    await expect(render({}, { "task-definition": fileOf(two), images: "webb=x" })).rejects.toThrow(
      'app has no container "webb". Its containers: web, proxy.',
    );
  });
});

describe("a secret", () => {
  const secrets = (line: string) => ({ "task-definition": fileOf(two), images: "web=web:2", secrets: line });
  const db = "arn:aws:secretsmanager:r:1:secret:db-AbCdEf";
  const known: Handlers = {
    "secretsmanager:DescribeSecret": ({ SecretId }) =>
      SecretId === "db" ? { ARN: db } : new AwsError("ResourceNotFoundException", "no such secret"),
    "ssm:DescribeParameters": ({ ParameterFilters }) => ({
      Parameters: ParameterFilters[0].Values[0] === "param" ? [{ Name: "param" }] : [],
    }),
  };
  const denied: Handlers = {
    "secretsmanager:DescribeSecret": () =>
      new AwsError("AccessDeniedException", "User: x is not authorized to perform: secretsmanager:DescribeSecret"),
    "ssm:DescribeParameters": () =>
      new AwsError("AccessDeniedException", "User: x is not authorized to perform: ssm:DescribeParameters"),
  };

  it.each([
    ["DB=/rainbow/db", {}, "/rainbow/db"],
    ["DB= /rainbow/db\t", {}, "/rainbow/db"],
    ["DB=arn:aws:ssm:r:1:parameter/db", {}, "arn:aws:ssm:r:1:parameter/db"],
    ["DB=ssm:param", {}, "param"],
    ["DB=db", known, db],
    ["DB=db:password", known, `${db}:password::`],
    ["DB=secretsmanager:db:password:AWSCURRENT", known, `${db}:password:AWSCURRENT:`],
    ["DB=param", known, "param"],
    ["DB=param", denied, "param"],
  ])("%s becomes what ECS accepts", async (line, handlers, valueFrom) => {
    const { definition } = await render(handlers, secrets(line));
    expect(definition.containerDefinitions[0].secrets.at(-1)).toEqual({ name: "DB", valueFrom });
  });

  it("that does not exist is refused, together with all others that do not", async () => {
    await expect(render(known, secrets("DB=dbb\nJWT=nothing"))).rejects.toThrow(
      /DB refers to "dbb", which is neither[\s\S]*JWT refers to "nothing"/,
    );
  });

  it("with an explicit store and a missing permission is an error that names the permission", async () => {
    await expect(render(denied, secrets("DB=secretsmanager:db"))).rejects.toThrow(
      "lacks secretsmanager:DescribeSecret",
    );
  });
});
