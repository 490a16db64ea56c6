// The long check "modules alone": each folder of examples/infra on a local AWS, from nothing to nothing.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import { root } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";
import { copyModules, inLocalNetwork, makeNetwork, provider, terraformOptions } from "./local-root.ts";

type Note = (text: string) => void;

export function modulesAloneCheck(note: Note): Promise<Counts> {
  return withSmallAws({ name: "modules-alone", note, evaluatesPolicies: false, isPopulated: false }, async (context) =>
    inTurn(await stepsOf(context, note), note),
  );
}

async function stepsOf({ aws, folder }: SmallAwsContext, note: Note): Promise<[string, () => Promise<void>][]> {
  const terraform = await terraformBinary(note);
  const options = await terraformOptions(aws);
  await new ECSClient(aws.settings).send(new CreateClusterCommand({ clusterName: "shop" }));
  await copyModules(folder);
  const network = await makeNetwork(join(folder, "surroundings"), terraform, options);
  const examples = await readdir(join(root, "examples/infra"));
  return examples.map((name) => [
    `examples/infra/${name}: applied, nothing to change, destroyed`,
    async () => {
      const text = await readFile(join(root, "examples/infra", name, "main.tf"), "utf8");
      const cwd = join(folder, "examples/infra", name);
      await mkdir(cwd, { recursive: true });
      await writeFile(join(cwd, "main.tf"), inLocalNetwork(text, network));
      await writeFile(join(cwd, "provider.tf"), provider);
      const inFolder = { ...options, cwd };
      const auto = ["-input=false", "-no-color", "-auto-approve"];
      await run([terraform, "init", "-input=false", "-no-color"], inFolder);
      await run([terraform, "apply", ...auto], inFolder);
      const plan = await attempt([terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode"], inFolder);
      assert.equal(plan.code, 0, plan.stdout + plan.stderr);
      if (text.includes("modules/database")) {
        // Protected as long as nobody says otherwise.
        const { code, stderr } = await attempt([terraform, "destroy", ...auto], inFolder);
        assert.ok(code !== 0 && stderr.includes("DeletionProtection"), stderr);
        await writeFile(
          join(cwd, "leaving_override.tf"),
          'module "database" {\n  deletion_protection = false\n  skip_final_snapshot = true\n}\n',
        );
        await run([terraform, "apply", ...auto], inFolder);
      }
      assert.match(await run([terraform, "destroy", ...auto], inFolder), /Destroy complete! Resources: [1-9]/);
    },
  ]);
}
