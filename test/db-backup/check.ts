// db-backup as it runs inside a VPC: the backup image as a task of a local AWS that evaluates policies, under roles
// that hold what
// iam-policy.json names and nothing else; the container killed, the job cancelled, the password nowhere to be seen.
import assert from "node:assert/strict";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, withSmallAws } from "../lib/small-aws.ts";
import { canary, Workbench } from "./workbench.ts";

export function dbBackupCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "db-backup", note, evaluatesPolicies: true }, async (surroundings) => {
    const bench = await Workbench.make(surroundings, note);
    try {
      return await inTurn(stepsOf(bench), note);
    } finally {
      await bench.clear();
    }
  });
}

function stepsOf(bench: Workbench): [string, () => Promise<void>][] {
  const inTask = { network: "ecs", cluster: "small", service: "api", "task-definition": "backup", "lock-seconds": "3" };
  let good = "";
  return [
    [
      "a task backs up, proves it by a restore, and sends metrics",
      async () => {
        const { outputs, summary } = await bench.mustEnd(0, {
          ...inTask,
          level: "restore",
          assertions: "SELECT count(*) = 40 FROM noise",
          metrics: "Test",
        });
        assert.equal(outputs["verified"], "restore");
        assert.match(summary, /restored into a throw-away server/);
        assert.deepEqual(await bench.metrics(), [
          "BackupSuccess",
          "Bytes",
          "DurationSeconds",
          "RestoreSeconds",
          "Rows",
          "Verified",
        ]);
        good = outputs["id"]!;
      },
    ],
    [
      "another task verifies it",
      async () => {
        const { outputs, summary } = await bench.mustEnd(0, {
          ...inTask,
          mode: "verify",
          backup: good,
          level: "restore",
        });
        assert.deepEqual([outputs["id"], outputs["verified"]], [good, "restore"]);
        assert.match(summary, new RegExp(`Restore ${good} with stock tools`));
        assert.ok(Number(outputs["duration"]) > 0);
      },
    ],
    [
      "its container killed in the middle of the dump: no new backup, and its log's last words",
      async () => {
        const before = await bench.objects();
        const { text } = await bench.mustEnd(1, inTask, { whileUploading: (container) => bench.kill(container) });
        assert.match(text, /\[TASK_FAILED\] The task has failed: .*exit(ed with)? code 137/);
        assert.match(text, new RegExp(`Last good backup: ${good}`));
        assert.equal(await bench.halfSent(), 1);
        await bench.mustHaveKept(before, [good]);
      },
    ],
    [
      "the next one waits for the lock of the killed one, sweeps what it left, and is good",
      async () => {
        const { outputs, text } = await bench.mustEnd(0, inTask);
        assert.match(text, /was not released: that run was killed/);
        assert.match(text, /half-sent uploads of killed runs removed: 1/);
        assert.equal(await bench.halfSent(), 0);
        assert.deepEqual(await bench.manifests(), [good, outputs["id"]!].toSorted());
      },
    ],
    [
      "a cancelled job stops its task, which takes back what it has sent",
      async () => {
        const before = await bench.objects();
        const known = await bench.manifests();
        const { text } = await bench.mustEnd(1, inTask, { whileUploading: (_container, kill) => kill("SIGTERM") });
        assert.match(text, /\[CANCELLED\] The task was stopped/);
        assert.equal(await bench.halfSent(), 0);
        await bench.mustHaveKept(before, known);
      },
    ],
    [
      "check and prune, at home; what Object Lock or a legal hold protects stays",
      async () => {
        const checked = await bench.mustEnd(0, { mode: "check", metrics: "Test" });
        assert.match(checked.text, /^backup_\S+ {2}0 min old {2}51\.\d MB$/m);
        assert.match(checked.summary, /pg_restore --exit-on-error/);
        const prune = { mode: "prune", "keep-newest": "1", "keep-daily": "0", "keep-weekly": "0", "keep-monthly": "0" };
        for (const protection of ["retention", "hold"] as const) {
          await bench.protect(good, protection, true);
          const { outputs, text } = await bench.mustEnd(0, prune);
          assert.equal(outputs["removed"], "");
          assert.match(text, new RegExp(`keeps ${good}: locked`));
          await bench.protect(good, protection, false);
        }
        const { outputs, summary } = await bench.mustEnd(0, prune);
        assert.equal(outputs["removed"], good);
        assert.match(summary, /pg_restore --exit-on-error/);
      },
    ],
    [
      "from a terminal, without GitHub: restored into a new database",
      async () => {
        const { code, text } = await bench.atTerminal([
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
        assert.match(text, /restored holds backup_\S+, the data of \S+: 40 rows/);
        assert.equal(await bench.count("restored", "noise"), 40);
      },
    ],
    [
      "a role without the policy is told which permission it lacks",
      async () => {
        const { code, text } = await bench.run({ mode: "check" }, { role: "nothing" });
        assert.equal(code, 1);
        assert.match(text, /\[STORE_DENIED\][\s\S]*s3:ListBucket/);
      },
    ],
    [
      "the password is in no log, summary, manifest, definition or description of a task",
      async () => {
        for (const [where, text] of Object.entries(await bench.everythingSaid()))
          assert.ok(!text.includes(canary), `the password is in ${where}`);
      },
    ],
  ];
}
