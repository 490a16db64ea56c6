// db-backup as it runs inside a VPC: the backup image in a task of a local AWS that evaluates policies, with roles that
// have only the permissions of iam-policy.json. The container is killed, the job cancelled; the password never leaks.
import assert from "node:assert/strict";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, withSmallAws } from "../lib/small-aws.ts";
import { canary, Workbench } from "./workbench.ts";

export function dbBackupCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "db-backup", note, evaluatesPolicies: true }, async (context) => {
    const bench = await Workbench.make(context, note);
    try {
      return await inTurn(stepsOf(bench), note);
    } finally {
      await bench.remove();
    }
  });
}

function stepsOf(bench: Workbench): [string, () => Promise<void>][] {
  const inTask = { network: "ecs", cluster: "small", service: "api", "task-definition": "backup", "lock-seconds": "3" };
  let firstId = "";
  return [
    [
      "a task makes a backup, verifies it by a restore, and sends metrics",
      async () => {
        const { outputs, summary } = await bench.mustEnd(0, {
          ...inTask,
          level: "restore",
          assertions: "SELECT count(*) = 40 FROM noise",
          metrics: "Test",
        });
        assert.equal(outputs["verified"], "restore");
        assert.match(summary, /restored into an ephemeral PostgreSQL instance/);
        assert.deepEqual(await bench.metrics(), [
          "BackupSuccess",
          "Bytes",
          "DurationSeconds",
          "RestoreSeconds",
          "Rows",
          "Verified",
        ]);
        firstId = outputs["id"] ?? assert.fail("there is no output id");
      },
    ],
    [
      "another task verifies it",
      async () => {
        const { outputs, summary } = await bench.mustEnd(0, {
          ...inTask,
          mode: "verify",
          backup: firstId,
          level: "restore",
        });
        assert.deepEqual([outputs["id"], outputs["verified"]], [firstId, "restore"]);
        assert.match(summary, new RegExp(`Restore ${firstId} with stock tools`));
        assert.ok(Number(outputs["duration"]) > 0);
      },
    ],
    [
      "its container is killed during the dump: no new backup, and the last log lines",
      async () => {
        const before = await bench.objects();
        const { text } = await bench.mustEnd(1, inTask, { whileUploading: (container) => bench.kill(container) });
        assert.match(text, /\[TASK_FAILED\] The task failed: .*exit(ed with)? code 137/);
        assert.match(text, new RegExp(`Last good backup: ${firstId}`));
        assert.equal(await bench.incompleteUploads(), 1);
        await bench.mustHaveKept(before, [firstId]);
      },
    ],
    [
      "the next run waits for the lock of the killed one, removes its incomplete upload, and succeeds",
      async () => {
        const { outputs, text } = await bench.mustEnd(0, inTask);
        assert.match(text, /was not released: that run was killed/);
        assert.match(text, /incomplete uploads of killed runs removed: 1/);
        assert.equal(await bench.incompleteUploads(), 0);
        assert.deepEqual(await bench.manifests(), [firstId, outputs["id"] ?? ""].toSorted());
      },
    ],
    [
      "a cancelled job stops its task, which aborts its upload",
      async () => {
        const before = await bench.objects();
        const ids = await bench.manifests();
        const { text } = await bench.mustEnd(1, inTask, { whileUploading: (_container, kill) => kill("SIGTERM") });
        assert.match(text, /\[CANCELLED\] The task was stopped/);
        assert.equal(await bench.incompleteUploads(), 0);
        await bench.mustHaveKept(before, ids);
      },
    ],
    [
      "check and prune, outside the VPC; a backup under Object Lock or a legal hold is kept",
      async () => {
        const checked = await bench.mustEnd(0, { mode: "check", metrics: "Test" });
        assert.match(checked.text, /^backup_\S+ {2}0 min old {2}51\.\d MB$/m);
        assert.match(checked.summary, /pg_restore --exit-on-error/);
        const prune = { mode: "prune", "keep-newest": "1", "keep-daily": "0", "keep-weekly": "0", "keep-monthly": "0" };
        for (const protection of ["retention", "legal hold"] as const) {
          await bench.protect(firstId, protection, true);
          const { outputs, text } = await bench.mustEnd(0, prune);
          assert.equal(outputs["removed"], "");
          assert.match(text, new RegExp(`keeping ${firstId}: locked`));
          await bench.protect(firstId, protection, false);
        }
        const { outputs, summary } = await bench.mustEnd(0, prune);
        assert.equal(outputs["removed"], firstId);
        assert.match(summary, /pg_restore --exit-on-error/);
      },
    ],
    [
      "from a terminal, without GitHub: restored into a new database",
      async () => {
        const { code, text } = await bench.runCommandLine([
          "db-backup",
          "restore",
          ...Object.entries({
            ...inTask,
            "task-definition": "restore",
            "image-from": "backup",
            "to-database": "restored",
            confirm: "restored",
          }).flatMap(([name, value]) => [`--${name}`, value]),
        ]);
        assert.equal(code, 0, text);
        assert.match(text, /restored: restored from backup_\S+, data as of \S+: 40 rows/);
        assert.equal(await bench.count("restored", "noise"), 40);
      },
    ],
    [
      "a role without the policy gets a message with the permission that it lacks",
      async () => {
        const { code, text } = await bench.run({ mode: "check" }, { role: "nothing" });
        assert.equal(code, 1);
        assert.match(text, /\[STORE_DENIED\][\s\S]*s3:ListBucket/);
      },
    ],
    [
      "the password is in no log, summary, manifest, task definition or task description",
      async () => {
        for (const [where, text] of Object.entries(await bench.everythingReadable()))
          assert.ok(!text.includes(canary), `the password is in ${where}`);
      },
    ],
  ];
}
