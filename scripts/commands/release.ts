// A release, in the steps of .github/workflows/release.yml: docs/releases.md.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { artefactsDir, root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { run } from "../../infra/local/process.ts";

const usage =
  "npm run release -- check TAG      whether the tag can be released\n" +
  "npm run release -- files TAG      the files of the release, into artefacts/release\n" +
  "npm run release -- publish TAG    publishes them; GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL as in a job";

const folder = join(artefactsDir, "release");

/** What a step needs is loaded with it: `publish` runs where no package is installed. */
const steps: Record<string, (tag: string) => Promise<void>> = {
  check: async (tag) => {
    const { checkTag } = await import("../lib/release/check.ts");
    await checkTag(tag, { folder: root, git });
    console.log(`${tag} can be released`);
  },
  files: async (tag) => {
    const { writeReleaseFiles } = await import("../lib/release/files.ts");
    for (const name of await writeReleaseFiles(tag, folder)) console.log(join(folder, name));
  },
  publish: async (tag) => {
    const { ReleaseApi } = await import("../lib/release/github.ts");
    const { publish } = await import("../lib/release/publish.ts");
    const { readFiles } = await import("../lib/release/read-files.ts");
    const api = new ReleaseApi({
      apiUrl: process.env["GITHUB_API_URL"] ?? "https://api.github.com",
      repository: required("GITHUB_REPOSITORY"),
      token: required("GITHUB_TOKEN"),
      send: fetch,
    });
    const commit = (await git("rev-parse", "HEAD")).trim();
    await publish({ tag, commit }, await readFiles(folder), api, console.log);
  },
};

function git(...args: string[]): Promise<string> {
  return run(["git", ...args], { cwd: root });
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Problem(`${name} is not set.`, usage);
  return value;
}

function readArguments(): { step: (tag: string) => Promise<void>; tag: string } {
  try {
    const [name = "", tag, ...others] = parseArgs({ allowPositionals: true }).positionals;
    const step = steps[name];
    if (step === undefined || tag === undefined || others.length > 0)
      throw new Error("A step and a tag are needed, and nothing else.");
    return { step, tag };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}

await runCommand(async () => {
  const { step, tag } = readArguments();
  await step(tag);
});
