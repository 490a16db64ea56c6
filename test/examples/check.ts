// The repositories in examples/, each as a separate one: act runs their workflows, unchanged, on a small local AWS.
import assert from "node:assert/strict";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";
import { Examples } from "./examples.ts";
import { quickStart } from "./quick-start.ts";
import { reusableWorkflows } from "./reusable.ts";

export function examplesCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "examples", note, evaluatesPolicies: false }, (context) => {
    const examples = new Examples(context);
    const steps: [string, () => Promise<void>][] = [
      ["one step from another repository", () => oneStep(examples)],
      ["the same with a version that fails the smoke test", () => oneStepRolledBack(examples)],
      ["workflows of the replaced actions", () => dropIn(examples)],
      ...quickStart(examples),
      ...reusableWorkflows(examples),
    ];
    return inTurn(steps, note);
  });
}

async function oneStep(examples: Examples): Promise<void> {
  const { code, text } = await examples.run("one-step");
  assert.equal(code, 0, text);
  assert.match(text, /outcome=succeeded revision=arn:aws:ecs/);
  const { containers } = await examples.running("api");
  assert.deepEqual(containers[0].environment, [{ name: "GREETING", value: "from somebody/else" }]);
}

async function oneStepRolledBack(examples: Examples): Promise<void> {
  const before = await examples.running("api");
  const { code, text } = await examples.run("one-step", {
    VERSION: "another",
    IMAGE: SmallAws.otherImage,
  });
  assert.equal(code, 1, text);
  assert.match(text, /commit is "new" instead of "another"/);
  assert.match(text, /api was rolled back to/);
  assert.equal((await examples.running("api")).arn, before.arn);
}

async function dropIn(examples: Examples): Promise<void> {
  const { code, text } = await examples.run("drop-in");
  assert.equal(code, 0, text);
  assert.match(text, /deployed arn:aws:ecs:.*web:1/);
  assert.match(text, /ran once/);
  assert.match(text, /ran \["arn:aws:ecs:.*task\//);
  const { containers, running } = await examples.running("web");
  const [web, proxy] = containers;
  assert.equal(running, 1);
  assert.deepEqual(web.environment.map(({ name, value }: Record<string, string>) => `${name}=${value}`).toSorted(), [
    "ENVIRONMENT=prod",
    "LOG_LEVEL=info",
    "QUERY=a=b&c==",
  ]);
  assert.deepEqual(
    [web.image, proxy.image, web.command, web.dockerLabels],
    [SmallAws.image, SmallAws.image, ["node", "-e", "setInterval(console.log,60000)"], { team: "rainbow" }],
  );
}
