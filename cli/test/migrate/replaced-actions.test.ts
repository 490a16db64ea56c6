// What the command knows about the AWS actions, against their recorded action.yml, our own, and the documentation.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { statementsToAdd } from "../../src/migrate/permissions.ts";
import { needsNode24, replacedActions } from "../../src/migrate/replaced-actions.ts";
import { ours, plan, policies, workflow } from "./fixtures.ts";

interface Recorded {
  action: string;
  version: string;
  inputs: Record<string, object>;
  outputs?: string[];
}
const read = (path: string) => readFileSync(join(root, path), "utf8");
const recorded = [
  "actions/deploy/test/replaced-action.json",
  "actions/render-task-definition/test/aws-action.json",
].map((path) => JSON.parse(read(path)) as Recorded);
const guide = read("docs/coming-from-the-aws-actions.md");

describe.each(replacedActions.map((action) => [action.name, action] as const))("%s", (name, action) => {
  const theirs = recorded.find((one) => one.action === name)!;
  const own = ours[action.ours];

  it("has the inputs and outputs of its recorded release", () => {
    expect(Object.keys(action.inputs).toSorted()).toEqual(Object.keys(theirs.inputs).toSorted());
    if (theirs.outputs) expect(action.outputs.toSorted()).toEqual(theirs.outputs.toSorted());
  });

  it("has no input that is newer than that release", () => {
    const newest = [...Object.values(action.inputs), action.node24Since, theirs.version].toSorted((a, b) =>
      a.localeCompare(b, "en", { numeric: true }),
    );
    expect(newest.at(-1)).toBe(theirs.version);
  });

  it("has inputs and outputs that ours has, and says which are more", () => {
    expect(Object.keys(own.inputs)).toEqual(expect.arrayContaining(Object.keys(action.inputs)));
    expect([...action.outputs, ...action.moreOutputs].toSorted()).toEqual(Object.keys(own.outputs).toSorted());
  });

  it("has inputs without an effect only where ours says so", () => {
    const without = Object.entries(own.inputs).filter(([, { description }]) => description.includes("not needed"));
    expect(without.map(([input]) => input).toSorted()).toEqual(action.notNeeded);
  });

  it("differs as the documentation says", () => {
    const [, section = ""] = /^## What changes\n([^]*?)^## /m.exec(guide) ?? [];
    for (const text of [...action.differences.map((one) => one.text), needsNode24]) expect(section).toContain(text);
  });
});

it("offers the permissions that the documentation lists as optional, and no write", () => {
  const [, table = ""] = /^\| Without \| [^\n]*\n([^]*?)\n\n/m.exec(guide) ?? [];
  const documented = [...table.matchAll(/`(\w+:\w+)`/g)].map(([, permission = ""]) => permission);
  const { moved } = plan(
    workflow(
      "uses: aws-actions/amazon-ecs-render-task-definition@v1\nwith: {task-definition-family: web, container-name: web, image: a}",
      "uses: aws-actions/amazon-ecs-deploy-task-definition@v2\nwith: {task-definition: a, service: web, codedeploy-application: a}",
    ),
  );
  const offered = statementsToAdd(moved, policies).flatMap((statement) => statement.Action);
  expect([...new Set(offered)].toSorted()).toEqual([...new Set(documented)].toSorted());
  const withoutCodeDeploy = statementsToAdd(
    moved.filter(({ given }) => !given.has("codedeploy-application")),
    policies,
  );
  expect(withoutCodeDeploy.map(({ Sid }) => Sid)).toEqual(["ReadDefinitions"]);
});
