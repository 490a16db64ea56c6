// Services and one-off tasks: where they run, with what, and by which roles.
import assert from "node:assert/strict";
import type { Resource, System } from "../system.ts";
import { sorted, type Expectation } from "./expectation.ts";
import { groupId, subnetIds } from "./network.ts";
import { sizes } from "./sizes.ts";

interface Container {
  name: string;
  image: string;
  command?: string[];
  environment: { name: string; value: string }[];
  secrets: { name: string; valueFrom: string }[];
  portMappings: { containerPort: number; name: string; protocol: string }[];
  logConfiguration: { logDriver: string; options: Record<string, string> };
  healthCheck?: { command: string[] };
  readonlyRootFilesystem: boolean;
  essential: boolean;
  stopTimeout: number;
}

export const families = ["api", "ml", "migrate", "backup", "restore"] as const;

export const taskDefinition = (system: System, family: string): Resource["values"] =>
  system.named("aws_ecs_task_definition", `rainbow-seeker-${family}`, "family");

export function containerOf(system: System, family: string): Container {
  const containers = JSON.parse(taskDefinition(system, family)["container_definitions"] as string) as Container[];
  return containers[0] as Container;
}

const service = (system: System, name: string) => system.named("aws_ecs_service", `rainbow-seeker-${name}`);

/** Names of parameters and "master", for the ARNs that a container reads its secrets from. */
function secretsOf(system: System, family: string): Record<string, string> {
  const database = system.one("aws_db_instance");
  const master = (database["master_user_secret"] as { secret_arn: string }[])[0]?.secret_arn;
  const parameters = new Map(
    system.all("aws_ssm_parameter").map(({ values }) => [values["arn"] as string, values["name"] as string]),
  );
  return Object.fromEntries(
    containerOf(system, family).secrets.map(({ name, valueFrom }) => [
      name,
      valueFrom === `${master}:password::`
        ? "master"
        : (parameters.get(valueFrom) ?? `unknown: ${valueFrom}`).replace(`/rainbow-seeker/${system.environment}/`, ""),
    ]),
  );
}

const environmentOf = (system: System, family: string): Record<string, string> =>
  Object.fromEntries(containerOf(system, family).environment.map(({ name, value }) => [name, value]));

export const serviceExpectations: Expectation[] = [
  {
    name: "services run on Fargate in private subnets of the cluster",
    check: (system) => {
      const cluster = system.named("aws_ecs_cluster", "rainbow-seeker-cluster");
      for (const [name, group] of [
        ["api", "ecs"],
        ["ml", "ml"],
      ] as const) {
        const { values } = { values: service(system, name) };
        assert.equal(values["cluster"], cluster["arn"]);
        assert.equal(values["task_definition"], taskDefinition(system, name)["arn"]);
        const network = values["network_configuration"][0] as Resource["values"];
        assert.deepEqual(sorted(network["subnets"] as string[]), subnetIds(system, "private"));
        assert.deepEqual(network["security_groups"], [groupId(system, group)]);
        assert.equal(network["assign_public_ip"], false);
      }
    },
  },
  {
    name: "the balancer sends to port 3000 of api, and to nothing else",
    check: (system) => {
      const group = system.named("aws_lb_target_group", "rainbow-seeker-api");
      const [attached, ...others] = service(system, "api")["load_balancer"] as Resource["values"][];
      assert.deepEqual(others, []);
      assert.equal(attached?.["target_group_arn"], group["arn"]);
      assert.equal(attached?.["container_name"], "api");
      assert.equal(attached?.["container_port"], 3000);
      assert.equal(group["port"], 3000);
      assert.equal(group["vpc_id"], system.one("aws_vpc")["id"]);
      assert.equal((group["health_check"] as Resource["values"][])[0]?.["path"], "/health");
      assert.deepEqual(service(system, "ml")["load_balancer"], []);
    },
  },
  {
    name: "api finds ml as http://ml:5000 by Service Connect, of which only ml is a server",
    check: (system) => {
      const namespace = system.named("aws_service_discovery_http_namespace", "rainbow-seeker");
      const connect = (name: string) => service(system, name)["service_connect_configuration"][0] as Resource["values"];
      for (const name of ["api", "ml"]) assert.equal(connect(name)["namespace"], namespace["arn"]);
      assert.deepEqual(connect("api")["service"], []);
      const [served] = connect("ml")["service"] as Resource["values"][];
      assert.equal(served?.["port_name"], "ml");
      assert.deepEqual(
        ((served?.["client_alias"] ?? []) as Resource["values"][]).map(({ dns_name, port }) => [dns_name, port]),
        [["ml", 5000]],
      );
      assert.equal(environmentOf(system, "api")["ML_URL"], "http://ml:5000");
    },
  },
  {
    name: "the first deployment starts as many tasks as the design document says",
    check: (system) => {
      for (const name of ["api", "ml"] as const) {
        const { values } = { values: service(system, name) };
        assert.equal(values["desired_count"], 0);
        assert.equal(values["tags"]["deploy:initial-count"], String(sizes[system.environment][name].count));
      }
    },
  },
  {
    name: "autoscaling has its bounds in production, and is off in staging",
    check: (system) => {
      for (const name of ["api", "ml"] as const) {
        const bounds = sizes[system.environment][name].autoscaling;
        const id = `service/rainbow-seeker-cluster${system.suffix}/rainbow-seeker-${name}${system.suffix}`;
        const targets = system.all("aws_appautoscaling_target", ({ resource_id }) => resource_id === id);
        assert.equal(targets.length, bounds ? 1 : 0);
        const policies = system.all("aws_appautoscaling_policy", ({ resource_id }) => resource_id === id);
        assert.equal(policies.length > 0, bounds !== undefined);
        if (bounds) assert.equal(targets[0]?.values["max_capacity"], bounds[1]);
        const cpu = policies
          .flatMap(({ values }) => values["target_tracking_scaling_policy_configuration"] as Resource["values"][])
          .filter(
            ({ predefined_metric_specification: [metric] }) =>
              (metric as Resource["values"])["predefined_metric_type"] === "ECSServiceAverageCPUUtilization",
          );
        assert.deepEqual(
          cpu.map(({ target_value }) => target_value),
          bounds ? [60] : [],
        );
      }
    },
  },
  {
    name: "task definitions have the sizes of the design document",
    check: (system) => {
      const found = families.map((family) => {
        const { cpu, memory, requires_compatibilities, network_mode } = taskDefinition(system, family);
        assert.deepEqual([requires_compatibilities, network_mode], [["FARGATE"], "awsvpc"]);
        return [family, Number(cpu), Number(memory)];
      });
      assert.deepEqual(found, [
        ["api", 512, 1024],
        ["ml", 512, 1024],
        ["migrate", 256, 512],
        ["backup", 1024, 2048],
        ["restore", 1024, 2048],
      ]);
    },
  },
  {
    name: "containers listen where their clients call, and are checked",
    check: (system) => {
      for (const [family, port] of [
        ["api", 3000],
        ["ml", 5000],
      ] as const) {
        const container = containerOf(system, family);
        assert.equal(container.name, family);
        assert.deepEqual(container.portMappings, [{ name: family, containerPort: port, protocol: "tcp" }]);
        assert.equal(environmentOf(system, family)["PORT"], String(port));
        assert.deepEqual(container.healthCheck?.command, ["CMD", "node", "dist/healthcheck.js"]);
      }
      for (const family of ["migrate", "backup", "restore"])
        assert.deepEqual(containerOf(system, family).portMappings, []);
      assert.deepEqual(containerOf(system, "migrate").command, ["node", "dist/migrate.js"]);
    },
  },
  {
    name: "each container runs the image of its repository",
    check: (system) => {
      const repositories = { api: "api", ml: "ml", migrate: "api", backup: "backup", restore: "backup" };
      for (const family of families) {
        const repository = system.named("aws_ecr_repository", `rainbow-seeker-${repositories[family]}`);
        assert.equal(containerOf(system, family).image.split(":")[0], repository["repository_url"]);
      }
    },
  },
  {
    name: "whoever uses the database is given its address, and verifies its certificate",
    check: (system) => {
      const { address, port, db_name: name } = system.one("aws_db_instance");
      for (const family of ["api", "migrate"]) {
        const { DB_HOST, DB_PORT, DB_NAME, DB_SSL } = environmentOf(system, family);
        assert.deepEqual([DB_HOST, DB_PORT, DB_NAME, DB_SSL], [address, String(port), name, "verify-full"]);
      }
      for (const family of ["backup", "restore"]) {
        const { PGHOST, PGPORT, PGDATABASE, PGSSLMODE } = environmentOf(system, family);
        assert.deepEqual([PGHOST, PGPORT, PGDATABASE, PGSSLMODE], [address, String(port), name, "verify-full"]);
      }
    },
  },
  {
    name: "each task connects to the database as its own role",
    check: (system) => {
      assert.equal(environmentOf(system, "api")["DB_USER"], "rainbow_app");
      const { DB_USER, DB_APP_USER, DB_BACKUP_USER } = environmentOf(system, "migrate");
      assert.deepEqual([DB_USER, DB_APP_USER, DB_BACKUP_USER], ["postgres", "rainbow_app", "rainbow_backup"]);
      assert.equal(environmentOf(system, "backup")["PGUSER"], "rainbow_backup");
      assert.equal(environmentOf(system, "restore")["PGUSER"], "postgres");
    },
  },
  {
    name: "each variable reads the secret of its name",
    check: (system) => {
      const has = (family: string, expected: Record<string, string>) => {
        const secrets = secretsOf(system, family);
        assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, secrets[name]])), expected);
        assert.deepEqual(
          Object.values(secrets).filter((name) => name.startsWith("unknown")),
          [],
        );
      };
      has("api", {
        DB_PASSWORD: "db-password",
        DB_PASSWORD_ALTERNATES: "db-password-alternates",
        JWT_SECRET: "jwt-secret",
        JWT_SECRET_ALTERNATES: "jwt-secret-alternates",
        REDIS_AUTH_TOKEN: "redis-auth-token",
        WEATHER_API_KEY: "weather-api-key",
        FIREBASE_PROJECT_ID: "firebase-project-id",
        FIREBASE_SERVICE_ACCOUNT_KEY: "firebase-service-account-key",
      });
      has("migrate", { DB_PASSWORD: "master", DB_APP_PASSWORD: "db-password", DB_BACKUP_PASSWORD: "backup-password" });
      has("backup", { PGPASSWORD: "backup-password" });
      has("restore", { PGPASSWORD: "master" });
      assert.deepEqual(secretsOf(system, "ml"), {});
    },
  },
  {
    name: "api is told where cache and uploads are",
    check: (system) => {
      const cache = system.one("aws_elasticache_replication_group");
      const { shards } = sizes[system.environment].cache;
      const host = shards > 1 ? cache["configuration_endpoint_address"] : cache["primary_endpoint_address"];
      const { REDIS_URL, S3_BUCKET } = environmentOf(system, "api");
      assert.equal(REDIS_URL, `rediss://${host}:6379${shards > 1 ? "?cluster=true" : ""}`);
      assert.equal(S3_BUCKET, `rainbow-seeker-uploads${system.suffix}-acme`);
    },
  },
  {
    name: "api asks nobody for the weather, and says nothing of the future, unless it is set",
    check: (system) => {
      const { WEATHER_PROVIDER, WEATHER_PLACES, PREDICTION_MODE, FORECAST_PERMIT } = environmentOf(system, "api");
      assert.deepEqual(
        [WEATHER_PROVIDER, WEATHER_PLACES, PREDICTION_MODE, FORECAST_PERMIT],
        ["none", undefined, "present", undefined],
      );
    },
  },
  {
    name: "services know that they are no development build, and how much to log",
    check: (system) => {
      for (const family of ["api", "ml", "migrate"]) {
        const { NODE_ENV, LOG_LEVEL } = environmentOf(system, family);
        assert.deepEqual([NODE_ENV, LOG_LEVEL], [system.environment, "info"]);
      }
    },
  },
  {
    name: "logs go to the group of the family, and are kept as long as the environment says",
    check: (system) => {
      for (const family of families) {
        const group = system.named("aws_cloudwatch_log_group", `/ecs/rainbow-seeker-${family}`);
        assert.equal(group["retention_in_days"], sizes[system.environment].logDays);
        const { logDriver, options } = containerOf(system, family).logConfiguration;
        assert.deepEqual(
          [logDriver, options["awslogs-group"], options["awslogs-region"], options["awslogs-stream-prefix"]],
          ["awslogs", group["name"], "ap-northeast-1", "ecs"],
        );
      }
    },
  },
  {
    name: "containers cannot write to their images, and get the time to finish",
    check: (system) => {
      for (const family of families) {
        const { readonlyRootFilesystem, essential, stopTimeout } = containerOf(system, family);
        assert.deepEqual([readonlyRootFilesystem, essential, stopTimeout], [true, true, 30]);
      }
    },
  },
  {
    name: "a deployment replaces tasks without a gap, and goes back where they do not start",
    check: (system) => {
      for (const name of ["api", "ml"]) {
        const values = service(system, name);
        assert.deepEqual(
          [values["deployment_minimum_healthy_percent"], values["deployment_maximum_percent"]],
          [100, 200],
        );
        const [breaker] = values["deployment_circuit_breaker"] as Resource["values"][];
        assert.deepEqual([breaker?.["enable"], breaker?.["rollback"]], [true, true]);
      }
    },
  },
];
