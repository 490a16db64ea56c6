// The actions, one per step.
import assert from "node:assert/strict";
import type { Examples } from "./examples.ts";
import { cluster, onStage, rollsBackAWrongVersion, service } from "./stage.ts";

export function actions(examples: Examples): [string, () => Promise<void>][] {
  return [
    [
      "the actions: deployed and verified, then the wrong version",
      () =>
        onStage(examples, "actions", async (stage) => {
          const { code, text } = await stage.act();
          assert.equal(code, 0, text);
          const { arn } = await examples.running(service, cluster);
          assert.ok(
            (await examples.tagsOf(arn)).includes("deploy:verified-at"),
            "the revision is not marked as verified",
          );
          await rollsBackAWrongVersion(stage, /Success - Main Roll back/);
        }),
    ],
  ];
}
