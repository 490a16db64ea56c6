// The public entry, the roles of the tasks, and who is told when something is wrong.
import assert from "node:assert/strict";
import { certificate } from "../system-test.ts";
import type { Resource, Statement, System } from "../system.ts";
import { sorted, type Expectation } from "./expectation.ts";
import { groupId, subnetIds } from "./network.ts";
import { containerOf, families, taskDefinition } from "./services.ts";

const roleOf = (system: System, arn: string): Resource["values"] =>
  system.one("aws_iam_role", (values) => values["arn"] === arn);

/** What a role may do by its inline policies. */
const statementsOfRole = (system: System, role: Resource["values"]): Statement[] =>
  system
    .all("aws_iam_role_policy", (values) => [role["id"], role["name"]].includes(values["role"]))
    .flatMap(({ values }) => system.statementsOf(values["policy"] as string));

const trustOf = (system: System, role: Resource["values"]): Statement[] =>
  system.statementsOf(role["assume_role_policy"] as string);

/** The resources on which a role may do something, by any statement. */
const resourcesFor = (statements: readonly Statement[], action: string): string[] =>
  sorted(
    statements
      .filter(({ effect, actions }) => effect !== "Deny" && actions?.includes(action))
      .flatMap(({ resources }) => resources ?? []),
  );

export const accessExpectations: Expectation[] = [
  {
    name: "the public balancer is in public subnets, and leads from HTTP to HTTPS",
    check: (system) => {
      const balancer = system.named("aws_lb", "rainbow-seeker-alb");
      assert.equal(balancer["internal"], false);
      assert.equal(balancer["load_balancer_type"], "application");
      assert.deepEqual(sorted(balancer["subnets"] as string[]), subnetIds(system, "public"));
      assert.deepEqual(balancer["security_groups"], [groupId(system, "alb")]);
      assert.equal(balancer["drop_invalid_header_fields"], true);
      const listener = (port: number) =>
        system.one(
          "aws_lb_listener",
          (values) => values["load_balancer_arn"] === balancer["arn"] && values["port"] === port,
        );
      const [redirect] = listener(80)["default_action"] as Resource["values"][];
      assert.equal(listener(80)["protocol"], "HTTP");
      assert.equal(redirect?.["type"], "redirect");
      const { protocol, port, status_code: status } = (redirect?.["redirect"] ?? [{}])[0] as Resource["values"];
      assert.deepEqual([protocol, port, status], ["HTTPS", "443", "HTTP_301"]);
      assert.equal(listener(443)["protocol"], "HTTPS");
      assert.equal(listener(443)["certificate_arn"], certificate);
      assert.match(listener(443)["ssl_policy"] as string, /^ELBSecurityPolicy-TLS13-1-2-/);
      const [forward] = listener(443)["default_action"] as Resource["values"][];
      assert.equal(forward?.["type"], "forward");
      assert.equal(forward?.["target_group_arn"], system.named("aws_lb_target_group", "rainbow-seeker-api")["arn"]);
    },
  },
  {
    name: "the roles of api have the names of the design document, and each task starts with a role of its own",
    check: (system) => {
      const names = (attribute: string) =>
        families.map((family) => {
          const arn = taskDefinition(system, family)[attribute] as string | null;
          return arn === null
            ? null
            : (roleOf(system, arn)["name"] as string).replace(new RegExp(`${system.suffix}$`), "");
        });
      const executionRoles = names("execution_role_arn");
      assert.equal(executionRoles[0], "ecsTaskExecutionRole");
      assert.equal(new Set(executionRoles).size, families.length);
      const [api, ml, migrate, backup, restore] = names("task_role_arn");
      assert.deepEqual([api, ml, migrate], ["ecsTaskRole", null, null]);
      for (const role of [backup, restore]) assert.match(role ?? "", /^ecs(Backup|Restore)TaskRole$/);
    },
  },
  {
    name: "only tasks may assume the roles of tasks",
    check: (system) => {
      for (const family of families)
        for (const attribute of ["execution_role_arn", "task_role_arn"]) {
          const arn = taskDefinition(system, family)[attribute] as string | null;
          if (arn === null) continue;
          for (const { effect, actions, principals } of trustOf(system, roleOf(system, arn))) {
            assert.notEqual(effect, "Deny");
            assert.deepEqual(actions, ["sts:AssumeRole"]);
            assert.deepEqual(
              principals.map(({ type, identifiers }) => [type, identifiers]),
              [["Service", ["ecs-tasks.amazonaws.com"]]],
            );
          }
        }
    },
  },
  {
    name: "an execution role reads the secrets of its task, pulls its image and writes its log, and nothing else",
    check: (system) => {
      const repositories = { api: "api", ml: "ml", migrate: "api", backup: "backup", restore: "backup" };
      for (const family of families) {
        const definition = taskDefinition(system, family);
        const statements = statementsOfRole(system, roleOf(system, definition["execution_role_arn"] as string));
        const repository = system.named("aws_ecr_repository", `rainbow-seeker-${repositories[family]}`)[
          "arn"
        ] as string;
        const log = system.named("aws_cloudwatch_log_group", `/ecs/rainbow-seeker-${family}`)["arn"] as string;
        const secrets = containerOf(system, family).secrets.map(({ valueFrom }) =>
          valueFrom.replace(/:password::$/, ""),
        );
        const expected: Record<string, string[]> = {
          "ecr:GetAuthorizationToken": ["*"],
          "ecr:BatchCheckLayerAvailability": [repository],
          "ecr:BatchGetImage": [repository],
          "ecr:GetDownloadUrlForLayer": [repository],
          "logs:CreateLogStream": [`${log}:*`],
          "logs:PutLogEvents": [`${log}:*`],
          "ssm:GetParameters": secrets.filter((arn) => arn.includes(":ssm:")),
          "secretsmanager:GetSecretValue": secrets.filter((arn) => arn.includes(":secretsmanager:")),
        };
        for (const { effect } of statements) assert.notEqual(effect, "Deny");
        for (const action of statements.flatMap(({ actions }) => actions ?? []))
          assert.ok(action in expected, `${family} may ${action}`);
        for (const [action, resources] of Object.entries(expected))
          assert.deepEqual(resourcesFor(statements, action), sorted(resources), `${family}: ${action}`);
      }
    },
  },
  {
    name: "api may read, write and delete uploads, and nothing else in S3",
    check: (system) => {
      const role = system.named("aws_iam_role", "ecsTaskRole");
      const uploads = system.one(
        "aws_s3_bucket",
        (values) => values["bucket"] === `rainbow-seeker-uploads${system.suffix}-acme`,
      );
      const statements = statementsOfRole(system, role);
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
        assert.deepEqual(resourcesFor(statements, action), [`${uploads["arn"]}/*`], action);
      for (const { actions, resources } of statements) {
        assert.ok(!resources?.includes("*"), "everything");
        for (const action of actions ?? []) assert.ok(!action.includes("*"), action);
      }
    },
  },
  {
    name: "api reads parameters of its own branch, and those that it gets anyway",
    check: (system) => {
      const statements = statementsOfRole(system, system.named("aws_iam_role", "ecsTaskRole"));
      const prefix = `arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/${system.environment}`;
      const branch = [`${prefix}/api`, `${prefix}/api/*`];
      const own = containerOf(system, "api").secrets.map(({ valueFrom }) => valueFrom);
      assert.deepEqual(resourcesFor(statements, "ssm:GetParametersByPath"), branch);
      for (const action of ["ssm:GetParameter", "ssm:GetParameters"])
        assert.deepEqual(resourcesFor(statements, action), sorted([...branch, ...own]));
      const known = new Set(["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]);
      for (const action of statements.flatMap(({ actions }) => actions ?? []))
        assert.ok(known.has(action) || action.startsWith("s3:") || action.startsWith("cloudwatch:"), action);
    },
  },
  {
    name: "every alarm is sent to the topic, and to the addresses that are given",
    check: (system) => {
      const topic = system.named("aws_sns_topic", "rainbow-seeker-alerts");
      const alarms = system.all("aws_cloudwatch_metric_alarm");
      assert.ok(alarms.length > 0);
      for (const { values } of alarms) {
        assert.match(values["alarm_name"] as string, new RegExp(`^rainbow-seeker-.+${system.suffix}$`));
        assert.deepEqual(values["alarm_actions"], [topic["arn"]], values["alarm_name"] as string);
      }
      const mail = system.one("aws_sns_topic_subscription", ({ protocol }) => protocol === "email");
      assert.deepEqual([mail["endpoint"], mail["topic_arn"]], ["oncall@example.com", topic["arn"]]);
    },
  },
  {
    name: "alarms watch this environment's database, cluster, service and balancer",
    check: (system) => {
      const known: Record<string, unknown> = {
        ClusterName: `rainbow-seeker-cluster${system.suffix}`,
        DBInstanceIdentifier: `rainbow-seeker-db${system.suffix}`,
        LoadBalancer: system.named("aws_lb", "rainbow-seeker-alb")["arn_suffix"],
        Database: "shiojiri_rainbow",
      };
      for (const { values } of system.all("aws_cloudwatch_metric_alarm"))
        for (const [dimension, value] of Object.entries((values["dimensions"] ?? {}) as Record<string, string>))
          if (dimension in known) assert.equal(value, known[dimension], `${values["alarm_name"]}: ${dimension}`);
    },
  },
  {
    name: "the alarms of the design document have its limits",
    check: (system) => {
      for (const name of ["high-cpu", "db-connections"]) {
        const alarm = system.named("aws_cloudwatch_metric_alarm", `rainbow-seeker-${name}`, "alarm_name");
        assert.deepEqual(
          ["threshold", "period", "evaluation_periods", "statistic", "comparison_operator"].map((key) => alarm[key]),
          [80, 300, 2, "Average", "GreaterThanThreshold"],
        );
      }
    },
  },
];
