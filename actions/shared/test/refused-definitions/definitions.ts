// What the tables of refused definitions are made with: valid definitions, and ways to add something to them.

export const container = { name: "api", image: "i" };
export const role = "arn:aws:iam::123456789012:role/execution";
export const ecrImage = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:1";

export type Definition = Record<string, unknown>;
type More = Record<string, unknown>;

export const ec2: Definition = { family: "f", memory: "1024", containerDefinitions: [container] };
export const fargate: Definition = {
  family: "f",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "512",
  memory: "1024",
  containerDefinitions: [container],
};
export const withContainers = (base: Definition, ...containers: More[]): Definition => ({
  ...base,
  containerDefinitions: containers.map((more, index) => ({ name: `c${index}`, image: "i", ...more })),
});
export const onEc2 = (more: More, task: More = {}) => ({
  ...ec2,
  ...task,
  containerDefinitions: [{ ...container, ...more }],
});
export const onFargate = (more: More, task: More = {}) => ({
  ...fargate,
  ...task,
  containerDefinitions: [{ ...container, ...more }],
});
export const two = (first: More, second: More, task: More = {}) => ({ ...withContainers(ec2, first, second), ...task });
export const health = (more: More) => ({ healthCheck: { command: ["CMD", "true"], ...more } });
export const port = (more: More) => ({ portMappings: [{ containerPort: 80, ...more }] });
export const logs = (logDriver: string, options: More = {}) => ({ logConfiguration: { logDriver, options } });
export const firelens = { firelensConfiguration: { type: "fluentbit" } };
export const volume = (more: More) => ({ ...ec2, volumes: [{ name: "data", ...more }] });
export const efs = (more: More) => volume({ efsVolumeConfiguration: { fileSystemId: "fs-1", ...more } });
export const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: "" }));
export const awslogs = { "awslogs-group": "/g", "awslogs-region": "r", "awslogs-stream-prefix": "p" };
/** One of each, since tests may change what they are given. */
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => structuredClone(value));
export const c0 = "containerDefinitions[0]";

/** What is wrong, the definition, the sentence about it (its beginning), and the valid neighbour. */
export type Refusal = [what: string, wrong: Definition, sentence: string, right: Definition];
