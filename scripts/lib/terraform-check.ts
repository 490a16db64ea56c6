// `terraform test` with mocked providers, or `terraform validate` where there are no tests, for everything in infra/ and
// examples/infra/.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { withProvider } from "../../test/lib/terraform-test.ts";
import type { Counts } from "./counts.ts";

/** Folders of roots and modules; a module without tests is validated with the environments that use it. */
const kinds = ["infra", "infra/environments", "infra/modules", "examples/infra"];

export async function terraformCheck(note: (text: string) => void): Promise<Counts> {
  const terraform = await terraformBinary(note);
  let passed = 0;
  await withProvider(async (provider) => {
    for (const kind of kinds) {
      for (const name of kind === "infra" ? ["access", "bootstrap"] : await readdir(join(root, kind))) {
        const cwd = join(root, kind, name);
        const files = await readdir(cwd);
        const tested = files.includes("tests");
        if (kind === "infra/modules" && !tested) continue;
        note(`${kind}/${name}`);
        const env = {
          ...provider.env,
          TF_CLI_CONFIG_FILE: await terraformConfiguration(),
          TF_DATA_DIR: join(stateDir, `terraform-check-${basename(kind)}-${name}`),
        };
        await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
        if (!tested) {
          await run([terraform, "validate", "-no-color"], { cwd, env });
          passed += 1;
          continue;
        }
        // It validates before it tests.
        const result = await run([terraform, "test", "-no-color"], {
          cwd,
          env,
          remedy: `terraform test, in ${kind}/${name}`,
        });
        passed += Number(/(\d+) passed/.exec(result)?.[1] ?? 0);
      }
    }
  });
  return { passed, failed: 0 };
}
