// build-push end to end: its bundle with a Docker engine, buildx and the classic builder, and ECR of a local AWS.
import assert from "node:assert/strict";
import { cp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BatchGetImageCommand } from "@aws-sdk/client-ecr";
import { debianPlugin } from "../../infra/local/debian-plugin.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import type { BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";
import { excludesTheSame } from "./excluded-files.ts";
import { comparesCopiedFiles } from "./copied-files.ts";
import { refused } from "./foreign-image.ts";
import { otherLinkTarget, sameSizeAndTime } from "./stale-transfer.ts";
import { SlowRegistry } from "./slow-registry.ts";
import { Workbench } from "./workbench.ts";

export function buildPushCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws(
    { name: "build-push", note, evaluatesPolicies: false, isPopulated: false },
    async ({ aws, folder }) => {
      const bench = await Workbench.make(aws, folder, await debianPlugin("docker-buildx", note));
      try {
        return await inTurn(stepsOf(bench), note);
      } finally {
        await bench.removeImages();
      }
    },
  );
}

function stepsOf(bench: Workbench): [string, () => Promise<void>][] {
  let first: BundleResult;
  return [
    [
      "the first build is pushed with its tags",
      async () => {
        first = await bench.expectExit(0, { tags: "v1" });
        assert.match(first.text, /Build with buildx with the docker driver/);
        assert.equal(first.outputs["skipped"], "false");
        assert.deepEqual(await bench.tags(), { [first.outputs["digest"]!]: first.outputs["tags"]!.split("\n") });
        const { config } = JSON.parse(
          await run([
            "docker",
            "image",
            "inspect",
            `${bench.registry}/service:${first.outputs["tags"]!.split("\n")[0]}`,
            "--format",
            '{"config": {{json .Config}}}',
          ]),
        ) as { config: { Labels: Record<string, string> } };
        assert.equal(config.Labels["org.opencontainers.image.revision"], first.outputs["version"]);
        assert.equal(config.Labels["org.opencontainers.image.version"], "v1");
      },
    ],
    [
      "other timestamps, another clone, the other builder: the same image, nothing is built",
      async () => {
        const past = new Date("2001-01-01");
        for (const name of await readdir(bench.context)) await utimes(join(bench.context, name), past, past);
        const clone = join(dirname(dirname(bench.context)), "another clone");
        await cp(dirname(bench.context), clone, { recursive: true });
        for (const { outputs, text } of [
          await bench.expectExit(0, { tags: "v1" }),
          await bench.expectExit(0, { context: join(clone, "service") }),
          await bench.expectExit(0, {}, { builder: "classic" }),
        ]) {
          assert.deepEqual(
            [outputs["skipped"], outputs["image"], outputs["version"]],
            ["true", first.outputs["image"], first.outputs["version"]],
            text,
          );
        }
      },
    ],
    [
      "a change is built, by the classic builder too",
      async () => {
        await bench.write("main.js", "console.log(2)\n");
        const { outputs, text } = await bench.expectExit(0, { tags: "v2" }, { builder: "classic" });
        assert.match(text, /the classic builder/);
        assert.match(outputs["version"]!, /^[0-9a-f]{40}-dirty-[0-9a-f]{8}$/);
        assert.notEqual(outputs["digest"], first.outputs["digest"]);
      },
    ],
    [
      "the tag of another image is refused and stays on that image",
      async () => {
        const { text } = await bench.expectExit(1, { tags: "v1" });
        assert.match(text, /The tag v1 points to another image/);
        assert.ok((await bench.tags())[first.outputs["digest"]!]!.includes("v1"));
      },
    ],
    [".dockerignore excludes the same files as in docker", () => excludesTheSame(bench)],
    [
      "what either builder copies is what counts",
      async () => {
        for (const builder of ["buildx", "classic"] as const) {
          const env = { ...process.env, DOCKER_CONFIG: bench.configs[builder] };
          await comparesCopiedFiles(bench.folder, { builder, env });
        }
      },
    ],
    ["the login needs no credential helper or store, and neither gets the password", () => helpers(bench)],
    ["a file of the same size and time is not taken from an earlier build", () => sameSizeAndTime(bench)],
    ["nor a link that pointed elsewhere", () => otherLinkTarget(bench)],
    ["killed during the push, then rerun", () => killed(bench)],
    ["cancelled during the push, then rerun", () => cancelled(bench)],
    [
      "a failing step is reported with its last lines, with both builders",
      async () => {
        await bench.write(
          "Broken",
          [
            `FROM ${SmallAws.image}`,
            "LABEL rainbow-check=1",
            "RUN echo first",
            `RUN node -e "console.log('the flux is missing'); process.exit(42)"`,
            "",
          ].join("\n"),
        );
        for (const builder of ["buildx", "classic"] as const) {
          const { text } = await bench.expectExit(1, { file: join(bench.context, "Broken") }, { builder });
          const message = text.slice(text.indexOf("::error title="));
          assert.match(message, /The build ended with exit code \d+\. Failed step:/);
          for (const part of ["RUN node -e", "the flux is missing", "42"]) assert.ok(message.includes(part), message);
          assert.ok(!message.includes("echo first"), message);
        }
      },
    ],
    ["a secret is in no layer, no log, no process list", () => secret(bench)],
    ["an image that somebody else pushed under the content tag is not signed, but refused", () => refused(bench)],
  ];
}

/** There are no such programs: docker would fail where it calls one. */
async function helpers(bench: Workbench): Promise<void> {
  await bench.write("main.js", "helpers\n");
  await bench.configure({ credsStore: "missing", credHelpers: { [bench.registry]: "ecr-login" } });
  const { outputs } = await bench.expectExit(0);
  assert.equal(outputs["skipped"], "false");
  await bench.configure({});
}

/** Inputs for a push that blocks until the registry is released. */
async function blockedPush(
  bench: Workbench,
  content: string,
): Promise<{ slow: SlowRegistry; inputs: Record<string, string> }> {
  const slow = await SlowRegistry.start(`http://${bench.registry}`);
  await bench.write("main.js", content);
  return {
    slow,
    inputs: { repository: "slow", registry: slow.host, tags: `${content.trim()}, other-${content.trim()}` },
  };
}

async function killed(bench: Workbench): Promise<void> {
  const { slow, inputs } = await blockedPush(bench, "killed\n");
  let kill: ((signal: NodeJS.Signals) => void) | undefined;
  slow.onUpload = () => kill?.("SIGKILL");
  const { code, text } = await bench.buildPush(inputs, { onOutput: (_text, end) => (kill = end) });
  assert.equal(code, 128, text);
  assert.ok(slow.uploads > 0);
  assert.equal((await bench.configurations()).length, 1);
  slow.release();
  assert.deepEqual(await bench.tags("slow"), {});
  const { outputs } = await bench.expectExit(0, inputs);
  assert.deepEqual(await bench.tags("slow"), { [outputs["digest"]!]: outputs["tags"]!.split("\n") });
  assert.deepEqual(outputs["tags"]!.split("\n").slice(1), ["killed", "other-killed"]);
  // The next run has removed the killed run's configuration, which held its password.
  assert.deepEqual(await bench.configurations(), []);
  await assertComplete(bench, outputs["digest"]!);
  await slow.stop();
}

async function cancelled(bench: Workbench): Promise<void> {
  const { slow, inputs } = await blockedPush(bench, "cancelled\n");
  let kill: ((signal: NodeJS.Signals) => void) | undefined;
  slow.onUpload = () => kill?.("SIGINT");
  const ended = await bench.buildPush(inputs, { onOutput: (_text, end) => (kill = end) });
  assert.deepEqual([ended.code, await bench.configurations()], [1, []], ended.text);
  assert.match(ended.text, /::error title=build-push%3A cancelled::Cancelled\. What was pushed so far has no tag yet/);
  slow.release();
  assert.ok(
    !Object.values(await bench.tags("slow"))
      .flat()
      .includes("cancelled"),
  );
  const { outputs } = await bench.expectExit(0, inputs);
  await assertComplete(bench, outputs["digest"]!);
  await slow.stop();
}

/** Everything that the manifest refers to exists. */
async function assertComplete(bench: Workbench, imageDigest: string): Promise<void> {
  const { images } = await bench.ecr.send(
    new BatchGetImageCommand({ repositoryName: "slow", imageIds: [{ imageDigest }] }),
  );
  const { config, layers } = JSON.parse(images![0]!.imageManifest!) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const { digest } of [config, ...layers])
    assert.equal(
      (await fetch(`http://${bench.registry}/v2/slow/blobs/${digest}`, { method: "HEAD" })).status,
      200,
      digest,
    );
}

async function secret(bench: Workbench): Promise<void> {
  const canary = "canary-5f3a9c";
  await bench.write(
    "Secret",
    [
      `FROM ${SmallAws.image}`,
      "LABEL rainbow-check=1",
      "RUN --mount=type=secret,id=token node -e " +
        "\"const t = require('fs').readFileSync('/run/secrets/token', 'utf8'); " +
        "console.log('token ' + t + ' has ' + t.length); setTimeout(() => {}, 300)\"",
      "",
    ].join("\n"),
  );
  const seen = new Set<string>();
  const result = await bench.expectExit(
    0,
    { file: join(bench.context, "Secret"), secrets: `token=${canary}`, "no-cache": "true" },
    {
      onOutput: () =>
        void attempt(["ps", "-eo", "args"]).then(({ stdout }) => stdout.includes(canary) && seen.add(stdout)),
    },
  );
  assert.match(result.text, /token \*\*\* has 13/);
  // The line that tells the runner to mask the secret contains it.
  assert.ok(!result.text.replaceAll(`::add-mask::${canary}`, "").includes(canary), result.text);
  assert.equal(seen.size, 0);
  assert.ok(!result.summary.includes(canary));
  const archive = join(dirname(bench.context), "secret.tar");
  const tag = `${bench.registry}/service:${result.outputs["tags"]!.split("\n")[0]}`;
  await run(["docker", "save", "--output", archive, tag]);
  assert.ok(!(await readFile(archive)).includes(canary));
  await rm(archive);
}
