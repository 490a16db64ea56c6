// The same for the modules of services: cluster, task and service.
import type { Inputs } from "./plan-variables.ts";

const parameter = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/jwt-secret";
const repository = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api";
const key = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const role = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole";
const targetGroup = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/rainbow-seeker-api/1a2b";
const cluster = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const container = { name: "api", ports: [3000] };
const autoscaling = { min: 3, max: 12, cpu_percent: 60 };

/** Sizes of Fargate, by CPU units: the least and the most memory, and one between that it does not offer. */
const sizes: [cpu: number, least: number, most: number, between: number][] = [
  [256, 512, 2048, 1536],
  [512, 1024, 4096, 1536],
  [1024, 2048, 8192, 2560],
  [2048, 4096, 16_384, 4608],
  [4096, 8192, 30_720, 8704],
  [8192, 16_384, 61_440, 17_408],
  [16_384, 32_768, 122_880, 33_792],
];

const task = {
  family: "rainbow-seeker-api",
  image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet",
  cpu: 512,
  memory: 1024,
  container,
  log_retention_days: 90,
};

export const services: Record<string, Inputs> = {
  "modules/cluster": {
    good: { name: "rainbow-seeker-cluster" },
    refused: {
      name: ["", "rainbow seeker", "x".repeat(256)],
      namespace: ["", "rainbow seeker"],
      container_insights: ["Enabled", "on"],
    },
    accepted: {
      name: ["x".repeat(255)],
      namespace: [null, "rainbow-seeker", "rainbow.local"],
      container_insights: ["enhanced", "disabled"],
    },
    passedOn: [],
  },

  "modules/task": {
    good: task,
    refused: {
      family: ["", "rainbow/api", "x".repeat(256)],
      image: ["", "an image"],
      cpu: [0, 500, 128, 32_768, 512.5],
      memory: [1023, 1025, 512, 5120, 0, 1024.5],
      cpu_architecture: ["arm64", "x86_64", "ARM"],
      ephemeral_storage: [20, 201, 21.5],
      container: [
        { ...container, name: "" },
        { ...container, name: "an api" },
        { ...container, ports: [0] },
        { ...container, ports: [65_536] },
        { ...container, ports: [80.5] },
        { ...container, ports: [3000, 3000] },
        { ...container, environment: { "LOG-LEVEL": "info" } },
        { ...container, secrets: { "1ST": parameter } },
        { ...container, environment: { TOKEN: "a" }, secrets: { TOKEN: parameter } },
        { ...container, secrets: { TOKEN: "hunter2" } },
        { ...container, secrets: { TOKEN: "arn:aws:s3:::bucket/token" } },
        { ...container, health_check: [] },
        { ...container, health_check: ["CMD"] },
        { ...container, health_check: ["node", "dist/healthcheck.js"] },
        { ...container, user: "root" },
        { ...container, user: "0" },
        { ...container, user: "1001:0" },
        { ...container, stop_timeout: 1 },
        { ...container, stop_timeout: 121 },
        { ...container, stop_timeout: 2.5 },
      ],
      execution_role: [
        { create: false },
        { create: false, arn: "ecsTaskExecutionRole" },
        { arn: role },
        { name: "" },
        { name: "ecs/Role" },
        { name: "x".repeat(65) },
      ],
      task_role: [
        { name: "ecsTaskRole" },
        { policies: { uploads: "{}" } },
        { create: true, arn: role, policies: { uploads: "{}" } },
        { create: true, name: "ecs/Role", policies: { uploads: "{}" } },
      ],
      repository_arns: [["rainbow-seeker-api"], [repository, ""]],
      secrets_kms_key_arns: [["arn:aws:kms:ap-northeast-1:123456789012:alias/own"]],
      permissions_boundary_arn: ["boundary", role],
      log_retention_days: [0, 8, -1],
    },
    accepted: {
      family: ["x".repeat(255)],
      cpu_architecture: ["X86_64", "ARM64"],
      ephemeral_storage: [21, 200, null],
      container: [
        { ...container, ports: [1, 65_535] },
        { ...container, ports: [] },
        { ...container, secrets: { TOKEN: parameter, _B: parameter.replace(":ssm:", ":secretsmanager:") } },
        { ...container, health_check: ["CMD-SHELL", "true"] },
        { ...container, user: "1001:1001", stop_timeout: 2 },
        { ...container, stop_timeout: 120 },
      ],
      execution_role: [{}, { name: "x".repeat(64) }, { create: false, arn: role.replace(":role/", ":role/shared/") }],
      task_role: [{}, { arn: role }, { create: true, name: "ecsTaskRole", policies: { uploads: "{}" } }],
      repository_arns: [[], [repository]],
      secrets_kms_key_arns: [[], [key]],
      permissions_boundary_arn: [null, "arn:aws:iam::aws:policy/PowerUserAccess"],
      log_retention_days: logRetentionDays,
    },
    passedOn: [],
    together: {
      refused: [
        { variable: "execute_command", inputs: { ...task, execute_command: true } },
        ...sizes.flatMap(([cpu, least, most, between]) =>
          [least / 2, between, most + 1024, most * 2].map((memory) => ({
            variable: "memory",
            inputs: { ...task, cpu, memory },
          })),
        ),
      ],
      accepted: [
        { variable: "execute_command", inputs: { ...task, execute_command: true, task_role: { create: true } } },
        { variable: "execute_command", inputs: { ...task, execute_command: true, task_role: { arn: role } } },
        ...sizes.flatMap(([cpu, least, most]) =>
          [least, most].map((memory) => ({ variable: "memory", inputs: { ...task, cpu, memory } })),
        ),
      ],
    },
  },

  "modules/service": {
    good: {
      name: "rainbow-seeker-api",
      cluster_arn: cluster,
      cluster_name: "rainbow-seeker-cluster",
      image: task.image,
      initial_count: 3,
      container,
      subnet_ids: ["subnet-0123456789abcdef0"],
      security_group_id: "sg-0123456789abcdef0",
      load_balancer: { target_group_arn: targetGroup, arn_suffix: "app/rainbow-seeker-alb/1a2b" },
    },
    refused: {
      name: ["", "rainbow/api", "x".repeat(256)],
      cluster_arn: ["rainbow-seeker-cluster", cluster.replace(":cluster/", ":service/")],
      cluster_name: ["", "rainbow seeker"],
      initial_count: [-3, 1.5],
      container: [{ ...container, ports: [] }],
      subnet_ids: [[], ["vpc-1"], ["subnet-1", ""]],
      security_group_id: ["rainbow-seeker-ecs-sg", ""],
      load_balancer: [
        { target_group_arn: "rainbow-seeker-api" },
        { target_group_arn: targetGroup.replace(":targetgroup/", ":loadbalancer/") },
      ],
      health_check_grace_seconds: [-1, 0.5],
      deployment: [
        { strategy: "blue_green" },
        { strategy: "ROLLING" },
        { minimum_healthy_percent: -1 },
        { minimum_healthy_percent: 101 },
        { minimum_healthy_percent: 50.5 },
        { maximum_percent: 99, minimum_healthy_percent: 50 },
        { maximum_percent: 201 },
        { maximum_percent: 150.5 },
        { minimum_healthy_percent: 100, maximum_percent: 100 },
      ],
      autoscaling: [
        { ...autoscaling, min: 0 },
        { ...autoscaling, min: 1.5 },
        { ...autoscaling, max: 12.5 },
        { ...autoscaling, cpu_percent: 0 },
        { ...autoscaling, cpu_percent: 101 },
        { ...autoscaling, requests_per_minute: 0 },
      ],
    },
    accepted: {
      initial_count: [0],
      load_balancer: [null, { target_group_arn: targetGroup }],
      health_check_grace_seconds: [0],
      deployment: [
        {},
        { strategy: "rolling", minimum_healthy_percent: 0, maximum_percent: 100 },
        { minimum_healthy_percent: 100, maximum_percent: 101, alarms: ["rainbow-seeker-5xx"] },
        { maximum_percent: 200 },
      ],
      autoscaling: [
        null,
        autoscaling,
        { min: 3, max: 3, cpu_percent: 100 },
        { min: 1, max: 3, cpu_percent: 1, requests_per_minute: 1 },
      ],
    },
    // Module task validates them.
    passedOn: [
      "image",
      "cpu",
      "memory",
      "cpu_architecture",
      "execution_role",
      "task_role",
      "repository_arns",
      "secrets_kms_key_arns",
      "permissions_boundary_arn",
      "log_retention_days",
      // An object of an ARN, which is unknown in the first plan, and a boolean.
      "service_connect",
    ],
  },
};
