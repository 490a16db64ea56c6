// The blocks of the runbooks, run by a shell as they are, with the names of the local AWS instead of production's.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeImage } from "../../infra/local/base-images.ts";
import { awsEnvironment, port, root, serviceUrl } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { withTemporaryFolder } from "../../infra/local/temporary.ts";

/** The block of a page that has a line beginning like this. */
export async function block(page: string, line: string, language: "sh" | "sql" = "sh"): Promise<string> {
  const text = await readFile(join(root, "docs", page), "utf8");
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, script = ""]) => script,
  );
  const found = blocks.filter((script) => script.split("\n").some((one) => one.startsWith(line)));
  assert.equal(found.length, 1, `docs/${page} has ${found.length} blocks with the line ${line}`);
  return found[0] as string;
}

const onLocalAws = (script: string): string =>
  script
    .replaceAll("npx github:rainbow-seeker/deploy-toolkit", "./bin/rainbow-deploy")
    .replaceAll(/\brainbow-seeker-(?:cluster|api|ml|migrate|backup|restore)\b(?!-local)/g, "$&-local")
    .replaceAll("https://rainbow.example.com/", serviceUrl)
    // As infra/local/workflow.ts has them for the workflow.
    .replaceAll(
      "build-push --context",
      `build-push --registry localhost:${port} --build-args BASE_IMAGE=${nodeImage} --network host --context`,
    )
    // It reports the last failure by its exit code too, which stops nobody who pastes a block.
    .replaceAll(/^(?:\.\/bin\/rainbow-deploy explain .*)$/gm, "$& || [ $? -eq 1 ]")
    // Steps of the other way, by GitHub.
    .replaceAll(/^gh .*\n/gm, "");

/**
 * Runs blocks one after the other in one shell, whose files stay out of the checkout.
 *
 * @param programs folders that come first on the PATH
 */
export const shell = (scripts: string[], programs: string[] = []): Promise<string> =>
  withTemporaryFolder("runbook-", (folder) => {
    const inFolder = (script: string) => script.replaceAll(/(?<=\s|file:\/\/)(?=\w+\.json\b)/g, `${folder}/`);
    return run(["bash", "-euo", "pipefail", "-c", scripts.map(onLocalAws).map(inFolder).join("\n")], {
      cwd: root,
      env: {
        ...process.env,
        ...awsEnvironment,
        PATH: [...programs, dirname(process.execPath), process.env["PATH"]].join(":"),
      },
    });
  });
