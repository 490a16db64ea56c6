// Interrupted and concurrent runs of npm start.
import assert from "node:assert/strict";
import { root, serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { edit, npm, service, timed } from "./commands.ts";
import { killStart } from "./kill.ts";

export async function concurrentStarts(): Promise<string> {
  const [first, second] = await Promise.all([npm("start"), npm("start")]);
  const waiting = [first, second].filter((output) =>
    /`npm start` \(process \d+, started [\d:]+\) is running here: waiting for it to finish/.test(output),
  );
  assert.equal(waiting.length, 1, "exactly one of the two reports that it waits for the other");
  return "one waited, both succeeded";
}

/** Child processes may outlive the killed command: the next start stops them and repeats their work. */
export async function commandKilled(): Promise<string> {
  await edit("api/src/features/operations/routes.ts", (text) => text.replace("edited: true", 'edited: "twice"'));
  await killStart({ checkout: root, output: /Build api: Build and push/, scope: "command only" });
  const time = await timed(() => npm("start"));
  await expectEdited("twice");
  return `the next start took ${time}`;
}

export async function allProcessesKilled(): Promise<string> {
  await edit("api/src/features/operations/routes.ts", (text) => text.replace('edited: "twice"', 'edited: "thrice"'));
  await killStart({ checkout: root, output: /Deploy rainbow-seeker-api-local: Deploy/, scope: "all processes" });
  const time = await timed(() => npm("start"));
  await expectEdited("thrice");
  return `the next start took ${time}`;
}

async function expectEdited(edited: string): Promise<void> {
  const { desired, healthy } = await service("api");
  assert.equal(healthy, desired);
  // Tasks of the previous revision still respond for a few seconds.
  const isEdited = async () =>
    ((await (await fetch(`${serviceUrl}health`)).json()) as { edited: unknown }).edited === edited;
  assert.ok(await until(isEdited, { seconds: 20 }), `the running api does not have the edit "${edited}"`);
}
