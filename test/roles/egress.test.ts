// The table of tasks in docs/egress.md, against the policies of their roles. Here, because the plans are.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { hostsOf, servicesIn } from "../../scripts/lib/egress.ts";

const { tasks } = inject("plans").production["with_ids"]!;

const rows = new Map(
  readFileSync(join(root, "docs/egress.md"), "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name = "", ...cells]) => [name.replaceAll("`", ""), cells] as const),
);

/** Roles of each task: execution role, and task role if it has one. */
const roles: [task: string, execution: string, task: string | undefined][] = [
  ["api", "ecsTaskExecutionRole", "ecsTaskRole"],
  ["ml", "ecsMlExecutionRole", undefined],
  ["migration", "ecsMigrationExecutionRole", undefined],
  ["backup", "ecsBackupExecutionRole", "ecsBackupTaskRole"],
  ["restore", "ecsRestoreExecutionRole", "ecsBackupTaskRole"],
];

/** What comes before the region in the hosts that a role may call, and before that a bucket. */
function calledWith(role: string | undefined): string[] {
  if (role === undefined) return [];
  const policy = tasks[`arn:aws:iam::123456789012:role/${role}`];
  if (policy === undefined) throw new Error(`The plan has no role ${role}.`);
  const services = servicesIn(policy as Parameters<typeof servicesIn>[0]);
  return hostsOf(services).map((host) => host.replace(/^BUCKET\./, "").replace(/\.REGION.*$/, ""));
}

const namesIn = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

test.each(roles)("%s", (name, execution, task) => {
  const [fargate, containers] = rows.get(name) ?? [];
  expect(namesIn(fargate).toSorted()).toEqual(calledWith(execution).toSorted());
  expect(namesIn(containers).toSorted()).toEqual(calledWith(task).toSorted());
});
