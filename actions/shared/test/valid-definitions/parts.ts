// What the valid definitions are made of.

export const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
export const image = (name: string) => `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/${name}:2026-07-01`;
export const awslogs = (group: string) => ({
  logDriver: "awslogs",
  options: { "awslogs-group": group, "awslogs-region": "ap-northeast-1", "awslogs-stream-prefix": "ecs" },
});

export const fargate = (family: string, cpu: string, memory: string) => ({
  family,
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu,
  memory,
  executionRoleArn: role("execution"),
  taskRoleArn: role(family),
});

export const web = {
  name: "web",
  image: image("web"),
  essential: true,
  portMappings: [{ containerPort: 8080, protocol: "tcp" }],
  logConfiguration: awslogs("/ecs/web"),
};
