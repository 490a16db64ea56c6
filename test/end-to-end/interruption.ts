// What happens when a start is cut off, or meets another one.
import assert from "node:assert/strict";
import { root, serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { edit, npm, service, timed } from "./commands.ts";
import { killStart } from "./kill.ts";

export async function twoAtOnce(): Promise<string> {
  const [first, second] = await Promise.all([npm("start"), npm("start")]);
  const waiting = [first, second].filter((said) =>
    /`npm start` \(process \d+, begun [\d:]+\) is at work here: waiting for its end/.test(said),
  );
  assert.equal(waiting.length, 1, "one of the two waits for the other, and says so");
  return "one waited, both succeeded";
}

/** What the command has started may run on when it is killed: the next start ends it and does its work anew. */
export async function killedAlone(): Promise<string> {
  await edit("api/src/features/operations/routes.ts", (text) => text.replace("edited: true", 'edited: "twice"'));
  await killStart({ checkout: root, sign: /Build api: Build and push/, how: "alone" });
  const time = await timed(() => npm("start"));
  await answersWith("twice");
  return `the next start took ${time}`;
}

export async function killedWithPrograms(): Promise<string> {
  await edit("api/src/features/operations/routes.ts", (text) => text.replace('edited: "twice"', 'edited: "thrice"'));
  await killStart({ checkout: root, sign: /Deploy rainbow-seeker-api-local: Deploy/, how: "with its programs" });
  const time = await timed(() => npm("start"));
  await answersWith("thrice");
  return `the next start took ${time}`;
}

async function answersWith(edited: string): Promise<void> {
  const { desired, healthy } = await service("api");
  assert.equal(healthy, desired);
  // Tasks of the revision before answer for a few seconds more.
  const answer = async () =>
    ((await (await fetch(`${serviceUrl}health`)).json()) as { edited: unknown }).edited === edited;
  assert.ok(await until(answer, { seconds: 20 }), `what runs is not what was edited to ${edited}`);
}
