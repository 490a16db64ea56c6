// The repositories in examples/, each as a separate one: act runs their workflows, unchanged, on a small local AWS.
import assert from "node:assert/strict";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";
import { actions } from "./actions.ts";
import { Examples } from "./examples.ts";
import { oneStep } from "./one-step.ts";
import { reusableWorkflows } from "./reusable.ts";

export function examplesCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "examples", note, evaluatesPolicies: false }, (context) => {
    const examples = new Examples(context);
    const steps: [string, () => Promise<void>][] = [
      ["workflows of the replaced actions", () => dropIn(examples)],
      ...oneStep(examples),
      ...actions(examples),
      ...reusableWorkflows(examples),
    ];
    return inTurn(steps, note);
  });
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
