// The root action, one step after the build: what the README shows first.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../infra/local/process.ts";
import type { Examples } from "./examples.ts";
import { cluster, edit, onStage, rollsBackAWrongVersion, service, type Stage } from "./stage.ts";

export function oneStep(examples: Examples): [string, () => Promise<void>][] {
  return [
    [
      "the root action: deployed, then unchanged, then the wrong version, then broken",
      () =>
        onStage(examples, "one-step", async (stage) => {
          await deploys(stage);
          await skipsWhatIsUnchanged(stage);
          await rollsBackAWrongVersion(stage, /my-service was rolled back to/);
          await failsWithLogLines(stage);
        }),
    ],
  ];
}

async function deploys({ examples, repository, act, version }: Stage): Promise<void> {
  const commit = (await run(["git", "-C", repository, "rev-parse", "HEAD"])).trim();
  const { code, text } = await act();
  assert.equal(code, 0, text);
  assert.equal(await version(), commit);
  const { containers, running } = await examples.running(service, cluster);
  assert.equal(running, 1);
  assert.match(containers[0].image, /\/my-service@sha256:[0-9a-f]{64}$/);
}

async function skipsWhatIsUnchanged({ examples, repository, act }: Stage): Promise<void> {
  const before = await examples.running(service, cluster);
  await writeFile(join(repository, "README.md"), "# A change that is not part of the image\n");
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 0, text);
  assert.match(text, /built before/);
  assert.equal((await examples.running(service, cluster)).arn, before.arn, "an unchanged image was deployed again");
}

async function failsWithLogLines({ examples, repository, act, version }: Stage): Promise<void> {
  const before = await version();
  await breakServer(repository);
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 1, text);
  assert.match(text, /DATABASE_URL is not set/);
  assert.equal(await version(), before, "the earlier version does not run again");
}

/**
 * Ends before Node has started, so that a slow machine does not see it running first: the emulator calls a deployment
 * complete as soon as its containers run.
 */
async function breakServer(repository: string): Promise<void> {
  const command = 'CMD ["sh", "-c", "echo DATABASE_URL is not set >&2; exit 42"]';
  await edit(repository, "Dockerfile", (text) => text.replace(/^CMD .*$/m, command));
}
