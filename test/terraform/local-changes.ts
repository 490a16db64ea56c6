// Changes of the local environment, from nothing to nothing, with the real provider; run by local-check.ts in a copy of
// the checkout.
import assert from "node:assert/strict";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { bridgeGateway, ensureEngine } from "../../infra/local/engine.ts";
import { ensureMinistack } from "../../infra/local/ministack.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { applyTerraform } from "../../infra/local/terraform.ts";
import { edit } from "../end-to-end/commands.ts";
import { inTurn } from "../lib/small-aws.ts";
import { accountContents, type Contents } from "./account-contents.ts";
import { destroyAll, plannedChanges } from "./local-plan.ts";

const environment = "infra/environments/local/main.tf";
const instance = "module.platform.module.database.aws_db_instance.this";
const note = (text: string) => console.log(`· ${text}`);

async function apply(): Promise<string> {
  const [gateway, terraform] = [await bridgeGateway(), await terraformBinary(note)];
  return applyTerraform({ terraform, gateway, note: () => {} });
}

/** Replaces a part of the environment for one plan. */
async function planWith(before: string, after: string): Promise<string[]> {
  await edit(environment, (text) => text.replace(before, after));
  try {
    return await plannedChanges();
  } finally {
    await edit(environment, (text) => text.replace(after, before));
  }
}

let before: Contents;

const size = 'instance_class          = "db.t3.micro"';
const withVersion = (version: string, more = "") => `${size}\n    engine_major = "${version}"${more}`;

const steps: [string, () => Promise<void>][] = [
  ["everything is applied in one run", async () => assert.match(await apply(), /^\d+ added, 0 changed, 0 destroyed$/)],
  ["a second plan is empty", async () => assert.deepEqual(await plannedChanges(), [])],
  [
    "another size changes the instance and nothing else",
    async () => {
      await edit(environment, (text) => text.replace(size, size.replace("micro", "small")));
      assert.deepEqual(await plannedChanges(), [`update ${instance}`]);
      assert.equal(await apply(), "0 added, 1 changed, 0 destroyed");
      assert.deepEqual(await plannedChanges(), []);
      await edit(environment, (text) => text.replace(size.replace("micro", "small"), size));
      await apply();
    },
  ],
  [
    "another major version is refused, and upgrades the instance with its parameter group where it is allowed",
    async () => {
      await assert.rejects(planWith(size, withVersion("18")), /set allow_major_version_upgrade = true/);
      await assert.rejects(planWith(size, withVersion("16")), /RDS has no way back/);
      assert.deepEqual(await planWith(size, withVersion("18", "\n    allow_major_version_upgrade = true")), [
        "replace module.platform.module.database.aws_db_parameter_group.this",
        `update ${instance}`,
      ]);
    },
  ],
  [
    "RDS can manage a password that it did not: the plan knows no secret yet, and does not fail",
    async () => {
      const changes = await planWith("password_managed_by_rds = false", "password_managed_by_rds = true");
      assert.ok(changes.includes(`update ${instance}`));
      assert.ok(changes.includes("delete module.platform.module.database.aws_secretsmanager_secret.master[0]"));
    },
  ],
  [
    "another database name replaces the instance, and the name of its final snapshot",
    async () => {
      const changes = await planWith(size, `${size}\n    name = "nagano_rainbow"`);
      assert.ok(changes.includes(`replace ${instance}`));
      assert.ok(changes.includes("replace module.platform.module.database.terraform_data.created"));
    },
  ],
  [
    "destroy leaves nothing but the revisions of the task definitions",
    async () => {
      await destroyAll();
      const { taskDefinitions, others } = await accountContents();
      // A deployment's are not Terraform's, and a service may still run an earlier one: they are never deregistered.
      for (const family of taskDefinitions) assert.match(family, /^rainbow-seeker-[a-z]+-local$/);
      assert.deepEqual(others, before.others);
    },
  ],
];

const bin = await pythonEnvironment(note);
await ensureEngine(note);
await ensureBaseImages(note);
await ensureMinistack({ bin, gateway: await bridgeGateway(), note });
// The network that each account comes with, for example.
before = await accountContents();
const { passed } = await inTurn(steps, note);
console.log(`${passed} passed`);
