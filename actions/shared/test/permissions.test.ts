import { describe, expect, it } from "vitest";
import { goOnWithout, isAccessDenied, toUserError } from "../src/aws.ts";
import { deniedOf, MissingPermissions, policyLine, remedyFor } from "../src/permissions.ts";

const user = "User: arn:aws:sts::123456789012:assumed-role/deploy/run-1";
const text = (action: string, resource: string) =>
  `${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
const line = (action: string, resource: string) => JSON.parse(policyLine(deniedOf("x:Y", text(action, resource))));

describe("the statement that allows a call", () => {
  const ecs = "arn:aws:ecs:r:1";
  it.each<[string, string, string | string[]]>([
    ["ecs:ListTasks", "*", "*"],
    ["ecs:DescribeServices", `${ecs}:service/c/api`, `${ecs}:service/c/api`],
    ["ecs:DescribeTasks", `${ecs}:task/c/0123456789abcdef0123456789abcdef`, `${ecs}:task/c/*`],
    ["ecs:RegisterTaskDefinition", `${ecs}:task-definition/api:*`, `${ecs}:task-definition/api:*`],
    ["ecs:TagResource", `${ecs}:task-definition/api:12`, `${ecs}:task-definition/api:*`],
    [
      "ecs:StopServiceDeployment",
      `${ecs}:service-deployment/c/api/Ab-1`,
      [`${ecs}:service/c/api`, `${ecs}:service-deployment/c/api/*`],
    ],
    [
      "logs:GetLogEvents",
      "arn:aws:logs:r:1:log-group:/ecs/api:log-stream:ecs/api/1",
      "arn:aws:logs:r:1:log-group:/ecs/api:*",
    ],
    ["ecr:DescribeImages", "arn:aws:ecr:r:1:repository/team/api", "arn:aws:ecr:r:1:repository/team/api"],
    // S3 writes the resource in quotation marks.
    ["s3:PutObject", '"arn:aws:s3:::bucket/database/2026/a.dump"', "arn:aws:s3:::bucket/*"],
  ])("%s on %s", (action, resource, expected) => {
    expect(line(action, resource)).toEqual({ Effect: "Allow", Action: action, Resource: expected });
  });

  it("of iam:PassRole names who may get the role", () => {
    expect(line("iam:PassRole", "arn:aws:iam::1:role/task")).toEqual({
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "arn:aws:iam::1:role/task",
      Condition: { StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"] } },
    });
  });

  it("is that of the call where the message does not name a permission", () => {
    expect(JSON.parse(policyLine(deniedOf("ecr:DescribeImages", "no")))).toEqual({
      Effect: "Allow",
      Action: "ecr:DescribeImages",
      Resource: "*",
    });
  });

  it("is not offered where another policy denies the call", () => {
    const denied = deniedOf(
      "a:B",
      `${user} is not authorized to perform: a:B with an explicit deny in a service control policy`,
    );
    expect(remedyFor(denied)).toContain("denies it explicitly");
    expect(remedyFor(denied)).not.toContain("Add");
  });
});

describe("a refused call", () => {
  it("is recognized by what AWS says, whatever the error is called", () => {
    const error = Object.assign(new Error(text("iam:PassRole", "arn:aws:iam::1:role/task")), {
      name: "ClientException",
    });
    expect(isAccessDenied(error)).toBe(true);
    expect(toUserError("ecs:RegisterTaskDefinition", error).message).toContain(
      "lacks iam:PassRole. Add to the role's policy:",
    );
  });

  it("is one warning for each permission, and any other error is thrown", () => {
    const warnings: string[] = [];
    const missing = new MissingPermissions({
      log: () => undefined,
      annotate: (level, _title, message) => warnings.push(`${level}: ${message}`),
    });
    const session = { log: () => undefined, missing };
    const refused = (action: string) => Object.assign(new Error(text(action, "*")), { name: "AccessDeniedException" });
    goOnWithout(session, "ecs:ListTasks", refused("ecs:ListTasks"), "a is unknown");
    goOnWithout(session, "ecs:ListTasks", refused("ecs:ListTasks"), "b is unknown");
    goOnWithout(session, "ecs:DescribeTasks", refused("ecs:DescribeTasks"), "c is unknown");
    expect(warnings).toEqual([
      'warning: The job\'s role lacks ecs:ListTasks: a is unknown. Add to the role\'s policy: {"Effect":"Allow","Action":"ecs:ListTasks","Resource":"*"}',
      expect.stringContaining("lacks ecs:DescribeTasks: c is unknown"),
    ]);
    expect(() => goOnWithout(session, "ecs:ListTasks", new Error("else"), "")).toThrow("else");
  });
});
