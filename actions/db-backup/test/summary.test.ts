// What a run leaves in the summary of its step, against a scripted S3.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RDSClient } from "@aws-sdk/client-rds";
import { isExplained } from "../../shared/src/summary/failure.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { readInputs } from "../src/inputs.ts";
import type { Dependencies } from "../src/dependencies.ts";
import { main } from "../src/main.ts";
import { shownInputs } from "../src/shown-inputs.ts";
import { ScriptedS3 } from "./scripted-s3.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

let s3: ScriptedS3;
let file: string;
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  file = join(makeTestFolder("db-backup-summary-"), "summary.md");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STEP_SUMMARY", file);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
});

const inputsOf = (given: Record<string, string>, environment: NodeJS.ProcessEnv = {}) =>
  readInputs((name) => given[name] ?? "", environment);

async function run(given: Record<string, string>, more: Partial<Dependencies> = {}) {
  const unused = () => {
    throw new Error("not part of this test");
  };
  const error = await main(inputsOf({ bucket: "backups", database: "app", ...given }), {
    s3: (options) => bucketClient({ ...options, pathStyle: true }, s3.client),
    ecs: unused,
    logs: unused,
    cloudWatch: unused,
    rds: unused,
    run: unused,
    clock: simulatedClock(Date.parse("2026-11-25T09:00:00Z")),
    log: () => undefined,
    annotate: () => undefined,
    setOutputs: () => undefined,
    runName: "1-1",
    id: undefined,
    tool: "test",
    ...more,
  }).catch((reason: unknown) => reason);
  return { error, summary: readFileSync(file, "utf8") };
}

it("explains a failure with its code, what to do, and the last good backup, once", async () => {
  const { error, summary } = await run({ mode: "check" });
  expect(isExplained(error)).toBe(true);
  expect(summary).toBe(`### ❌ app: There is no backup of app in s3:<wbr>//backups/database; no database has any there

<table>
<tr><th align="left">Code</th><td><code>NO_BACKUP</code></td></tr>
<tr><th align="left">What\u00A0to\u00A0do</th><td>Check the inputs database, bucket and prefix. If they are right, make a backup now (mode: backup).</td></tr>
<tr><th align="left">Last\u00A0good\u00A0backup</th><td>There is no good backup of this database.</td></tr>
</table>

<details><summary>Inputs</summary>

<table>
<tr><th align="left">mode</th><td><code>check</code></td></tr>
<tr><th align="left">bucket</th><td><code>backups</code></td></tr>
<tr><th align="left">prefix</th><td><code>database</code></td></tr>
<tr><th align="left">database</th><td><code>app</code></td></tr>
<tr><th align="left">timeout-minutes</th><td><code>120</code></td></tr>
<tr><th align="left">max-age-hours</th><td><code>26</code></td></tr>
<tr><th align="left">max-shrink-percent</th><td><code>30</code></td></tr>
</table>

</details>

`);
});

it("names the snapshot that RDS has made", async () => {
  const rds = {
    send: async () => ({ DBSnapshot: { DBSnapshotArn: "arn:snapshot", Status: "available" } }),
  } as unknown as RDSClient;
  const { error, summary } = await run({ mode: "snapshot", instance: "rainbow-seeker-db" }, { rds: () => rds });
  expect(error).toBeUndefined();
  expect(summary).toMatch(/^### ✅ rainbow-seeker-db: snapshot available\n[^]*<code>arn:snapshot<\/code>/);
});

it("shows of the inputs neither the way into the database nor what decrypts", () => {
  const secrets = { host: "canary.example", user: "canary", password: "canary", identity: "AGE-SECRET-KEY-canary" };
  const given = { bucket: "backups", database: "app", "kms-key": "arn:canary", ...secrets };
  const environment = { PGPASSWORD: "canary", AGE_IDENTITY: "canary", PGHOST: "canary" };
  for (const mode of ["backup", "verify", "restore", "prune", "check"]) {
    const shown = shownInputs(
      inputsOf({ ...given, mode, "to-database": "app_restored", level: "restore" }, environment),
    );
    expect(shown?.markup).toContain(`<code>${mode}</code>`);
    expect(shown?.markup).toContain("<code>backups</code>");
    expect(shown?.markup).not.toContain("canary");
  }
});
