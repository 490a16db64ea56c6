// The reusable workflows from another repository: build.yml and deploy-service.yml of the README, and what happens when
// the smoke test fails.
import assert from "node:assert/strict";
import type { Examples } from "./examples.ts";
import { cluster, dependency, edit, onStage, service, type Stage } from "./stage.ts";

const workflow = ".github/workflows/deploy.yml";

export function reusableWorkflows(examples: Examples): [string, () => Promise<void>][] {
  return [
    [
      "the reusable workflows: deployed and verified, rolled back by hand, then a failed smoke test rolls back two services",
      () =>
        onStage(examples, "consumer", async (stage) => {
          await deploys(stage);
          await rollsBackByHand(stage);
          await rollsBackTogether(stage);
        }),
    ],
  ];
}

async function deploys({ examples, act, version }: Stage): Promise<void> {
  const { code, text } = await act();
  assert.equal(code, 0, text);
  // Not this commit: another example has built the same content before.
  assert.match(await version(), /^[0-9a-f]{40}$/);
  const { arn } = await examples.running(service, cluster);
  assert.ok((await examples.tagsOf(arn)).includes("deploy:verified-at"), "the revision is not marked as verified");
}

async function rollsBackByHand({ examples, repository, act, rollBack, version }: Stage): Promise<void> {
  const before = await version();
  await edit(repository, "server.mjs", (text) => text.replace('"world"', '"again"'));
  const commit = await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 0, text);
  assert.equal(await version(), commit);
  const rollback = await rollBack({ reason: "a wrong greeting" });
  assert.equal(rollback.code, 0, rollback.text);
  assert.equal(await version(), before);
}

/** The new version starts and answers, but as another one. */
async function rollsBackTogether({ examples, repository, act, version }: Stage): Promise<void> {
  const before = [await examples.running(service, cluster), await examples.running(dependency, cluster)];
  const answered = await version();
  await edit(repository, "server.mjs", (text) => text.replace("process.env.COMMIT", '"another"'));
  await edit(repository, workflow, (text) =>
    text.replace(
      "      url:",
      [
        `      dependency-service: ${dependency}`,
        "      dependency-container: app",
        "      dependency-image: ${{ needs.build.outputs.image }}",
        "      dependency-checks: '[{ path: health }]'",
        "      smoke-test-timeout: 10",
        "      timeout-minutes: 115",
        "      role-duration-seconds: 7200",
        "      url:",
      ].join("\n"),
    ),
  );
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 1, text);
  assert.match(text, /commit is "another" instead of/);
  for (const name of [service, dependency]) assert.match(text, new RegExp(`Success - Main Roll back ${name}`));
  assert.ok(
    text.indexOf(`Main Roll back ${service}`) < text.indexOf(`Main Roll back ${dependency}`),
    "the service is rolled back before the one that it depends on",
  );
  const after = [await examples.running(service, cluster), await examples.running(dependency, cluster)];
  assert.deepEqual(
    after.map(({ containers }) => containers[0].image),
    before.map(({ containers }) => containers[0].image),
  );
  assert.equal(await version(), answered);
}
