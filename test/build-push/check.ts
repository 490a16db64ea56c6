// build-push for real: its bundle, a Docker engine, buildx and the classic builder, and ECR of a local AWS.
import assert from "node:assert/strict";
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BatchGetImageCommand, CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { readContext } from "../../actions/build-push/src/context.ts";
import { debianPlugin } from "../../infra/local/debian-plugin.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runBundle, type BundleRun, type BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";
import { SlowRegistry } from "./slow-registry.ts";

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

export class Workbench {
  readonly ecr: ECRClient;
  readonly context: string;
  readonly registry: string;
  private readonly settings: SmallAws["settings"];
  private readonly folder: string;
  /** docker's configuration folder with buildx, and one without. */
  private readonly configs: Record<"buildx" | "classic", string>;

  private constructor(aws: SmallAws, folder: string) {
    this.settings = aws.settings;
    this.folder = folder;
    this.ecr = new ECRClient(aws.settings);
    this.registry = aws.registry;
    this.context = join(folder, "checkout/service");
    this.configs = { buildx: join(folder, "with-buildx"), classic: join(folder, "without-buildx") };
  }

  static async make(aws: SmallAws, folder: string, buildx: string): Promise<Workbench> {
    const bench = new Workbench(aws, folder);
    await mkdir(join(bench.configs.buildx, "cli-plugins"), { recursive: true });
    await symlink(buildx, join(bench.configs.buildx, "cli-plugins/docker-buildx"));
    await mkdir(bench.configs.classic, { recursive: true });
    await mkdir(bench.context, { recursive: true });
    await run(["git", "init", "-q", dirname(bench.context)]);
    await bench.write(
      "Dockerfile",
      `FROM ${SmallAws.image} AS build\nCOPY . /app\nRUN node -e "require('fs').writeFileSync('/app/built', String(6 * 7))"\nFROM ${SmallAws.image}\nCOPY --from=build /app /app\nARG COMMIT\nLABEL org.opencontainers.image.revision=$COMMIT\n`,
    );
    await bench.write(".dockerignore", "node_modules\n*.md\n");
    await bench.write("main.js", "console.log(1)\n");
    await bench.commit();
    for (const repositoryName of ["service", "slow"])
      await bench.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    return bench;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.context, name), text);
  }

  async commit(): Promise<string> {
    const git = ["git", "-C", dirname(this.context)];
    await run([...git, "add", "-A"]);
    await run([...git, "-c", "user.name=check", "-c", "user.email=check@example.com", "commit", "-qm", "change"]);
    return (await run([...git, "rev-parse", "HEAD"])).trim();
  }

  buildPush(
    inputs: Record<string, string> = {},
    { builder = "buildx", onOutput }: { builder?: "buildx" | "classic"; onOutput?: BundleRun["onOutput"] } = {},
  ): Promise<BundleResult> {
    const given = {
      context: this.context,
      repository: "service",
      registry: this.registry,
      network: "host",
      provenance: "false",
      sbom: "false",
      ...inputs,
    };
    const environment = {
      AWS_ENDPOINT_URL: this.settings.endpoint,
      AWS_ACCESS_KEY_ID: this.settings.credentials.accessKeyId,
      DOCKER_CONFIG: this.configs[builder],
      RUNNER_TEMP: this.folder,
    };
    return runBundle("build-push", { inputs: given, environment, ...(onOutput ? { onOutput } : {}) });
  }

  async mustEnd(code: number, ...given: Parameters<Workbench["buildPush"]>): Promise<BundleResult> {
    const ended = await this.buildPush(...given);
    assert.equal(ended.code, code, ended.text);
    return ended;
  }

  async tags(repositoryName = "service"): Promise<Record<string, string[]>> {
    const { imageDetails = [] } = await this.ecr.send(new DescribeImagesCommand({ repositoryName }));
    return Object.fromEntries(imageDetails.map(({ imageDigest, imageTags }) => [imageDigest!, imageTags ?? []]));
  }

  /** What has been left of a configuration with a password. */
  async configurations(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.startsWith("rainbow-docker-config-"));
  }

  async removeImages(): Promise<void> {
    const { stdout } = await attempt(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]);
    const ours = stdout.split("\n").filter((name) => /^(localhost:\d+\/(service|slow)|rainbow-check):/.test(name));
    if (ours.length > 0) await attempt(["docker", "rmi", "--force", ...ours]);
    await attempt(["docker", "image", "prune", "--force", "--filter", "label=rainbow-check"]);
  }
}

function stepsOf(bench: Workbench): [string, () => Promise<void>][] {
  let first: BundleResult;
  return [
    [
      "the first build is pushed, with its tags",
      async () => {
        first = await bench.mustEnd(0, { tags: "v1" });
        assert.match(first.text, /Build with buildx with the driver docker/);
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
      "other times, other clones, the other builder: the same image, nothing is built",
      async () => {
        const past = new Date("2001-01-01");
        for (const name of await readdir(bench.context)) await utimes(join(bench.context, name), past, past);
        const clone = join(dirname(dirname(bench.context)), "another place");
        await cp(dirname(bench.context), clone, { recursive: true });
        for (const ended of [
          await bench.mustEnd(0, { tags: "v1" }),
          await bench.mustEnd(0, { context: join(clone, "service") }),
          await bench.mustEnd(0, {}, { builder: "classic" }),
        ]) {
          assert.deepEqual(
            [ended.outputs["skipped"], ended.outputs["image"], ended.outputs["version"]],
            ["true", first.outputs["image"], first.outputs["version"]],
            ended.text,
          );
        }
      },
    ],
    [
      "a change is built, by the classic builder too",
      async () => {
        await bench.write("main.js", "console.log(2)\n");
        const ended = await bench.mustEnd(0, { tags: "v2" }, { builder: "classic" });
        assert.match(ended.text, /the classic builder/);
        assert.match(ended.outputs["version"]!, /^[0-9a-f]{40}-dirty-[0-9a-f]{8}$/);
        assert.notEqual(ended.outputs["digest"], first.outputs["digest"]);
      },
    ],
    [
      "a tag of another content is refused and stays where it is",
      async () => {
        const { text } = await bench.mustEnd(1, { tags: "v1" });
        assert.match(text, /The tag v1 is on another image/);
        assert.ok((await bench.tags())[first.outputs["digest"]!]!.includes("v1"));
      },
    ],
    ["what is ignored is what docker ignores", () => ignoresAlike(bench)],
    ["killed during the push, run again", () => killed(bench)],
    ["cancelled during the push, run again", () => cancelled(bench)],
    [
      "a failing step is shown with its last lines, by both builders",
      async () => {
        await bench.write(
          "Broken",
          `FROM ${SmallAws.image}\nLABEL rainbow-check=1\nRUN echo first\nRUN node -e "console.log('the flux is missing'); process.exit(42)"\n`,
        );
        for (const builder of ["buildx", "classic"] as const) {
          const { text } = await bench.mustEnd(1, { file: join(bench.context, "Broken") }, { builder });
          const message = text.slice(text.indexOf("::error title="));
          assert.match(message, /The build ended with exit code \d+\. What failed:/);
          for (const said of ["RUN node -e", "the flux is missing", "42"]) assert.ok(message.includes(said), message);
          assert.ok(!message.includes("echo first"), message);
        }
      },
    ],
    ["a secret is in no layer, no log, no process list", () => secret(bench)],
  ];
}

/** Patterns of every kind, against what `COPY . /` brings into an image. */
async function ignoresAlike(bench: Workbench): Promise<void> {
  const folder = join(dirname(bench.context), "ignoring");
  const files = [
    "a.md",
    "keep.md",
    "sub/a.md",
    "sub/deep/b.md",
    "sub/deep/c.txt",
    "node_modules/x/index.js",
    "sub/node_modules/y.js",
    "logs/1.log",
    "logs/keep/2.log",
    "temp?/x",
    "dist/out.js",
    "dist/keep.js",
    ".git/config",
    ".env",
    "docs/a/b/c.txt",
    "docs/a/d.txt",
    "with space/x y.txt",
    "[x]/y",
    "UPPER.MD",
    "a/b/file",
    "trailing/x",
  ];
  const rules = [
    "# a comment\n\n*.md\n!keep.md\n**/node_modules\n",
    "*\n!sub\nsub/deep\n!sub/deep/c.txt\n",
    "/logs\n!logs/keep\ndist/*\n!dist/keep.js\n.git\n.env\n",
    "docs/**/c.txt\n**/*.md\n!sub/**/b.md\ntemp?\n./a/b\ntrailing/\n",
    "with space\n[ad]*\nUPPER*\n",
    "**\n!docs/a\n",
    "  logs  \n!**/keep.md\n../outside\n",
  ];
  for (const [index, rule] of rules.entries()) {
    await rm(folder, { recursive: true, force: true });
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), file);
    }
    await chmod(join(folder, "a/b/file"), 0o750);
    await mkdir(join(folder, "empty"));
    await symlink("../keep.md", join(folder, "sub/link"));
    await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    await writeFile(join(folder, ".dockerignore"), rule);
    const entries = await readContext(folder, join(folder, "Dockerfile"));
    // docker sends Dockerfile and .dockerignore to the classic builder in any case, and COPY leaves them out again.
    const ours = entries
      .filter(({ description }) => !description.startsWith("folder"))
      .map(({ path }) => path)
      .toSorted();
    assert.deepEqual(ours, await copied(folder), `.dockerignore number ${index}:\n${rule}`);
    void bench;
  }
}

async function copied(folder: string): Promise<string[]> {
  await run(["docker", "build", "--quiet", "--tag", "rainbow-check:ignoring", folder], {
    env: { ...process.env, DOCKER_BUILDKIT: "0" },
  });
  const { stdout: container } = await attempt(["docker", "create", "rainbow-check:ignoring", "none"]);
  try {
    const archive = join(dirname(folder), "ignoring.tar");
    await run(["docker", "export", "--output", archive, container.trim()]);
    const names = (await run(["tar", "--list", "--file", archive]))
      .split("\n")
      .filter((name) => name !== "" && !name.endsWith("/"));
    // The engine puts these into every container.
    return names
      .filter((name) => !/^(\.dockerenv|dev\/|etc\/(hosts|hostname|resolv\.conf|mtab)|proc|sys)/.test(name))
      .toSorted();
  } finally {
    await attempt(["docker", "rm", container.trim()]);
  }
}

/** Inputs for a push that takes as long as it is held up. */
async function slowly(
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
  const { slow, inputs } = await slowly(bench, "killed\n");
  let kill: ((signal: NodeJS.Signals) => void) | undefined;
  slow.onUpload = () => kill?.("SIGKILL");
  const ended = await bench.buildPush(inputs, { onOutput: (_text, end) => (kill = end) });
  assert.equal(ended.code, 128, ended.text);
  assert.ok(slow.uploads > 0);
  assert.equal((await bench.configurations()).length, 1);
  slow.release();
  assert.deepEqual(await bench.tags("slow"), {});
  const again = await bench.mustEnd(0, inputs);
  assert.deepEqual(await bench.tags("slow"), { [again.outputs["digest"]!]: again.outputs["tags"]!.split("\n") });
  assert.deepEqual(again.outputs["tags"]!.split("\n").slice(1), ["killed", "other-killed"]);
  // The next run has removed what the killed one had left of its password.
  assert.deepEqual(await bench.configurations(), []);
  await mustBeWhole(bench, again.outputs["digest"]!);
  await slow.stop();
}

async function cancelled(bench: Workbench): Promise<void> {
  const { slow, inputs } = await slowly(bench, "cancelled\n");
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
  const again = await bench.mustEnd(0, inputs);
  await mustBeWhole(bench, again.outputs["digest"]!);
  await slow.stop();
}

/** Everything that the manifest names is there. */
async function mustBeWhole(bench: Workbench, imageDigest: string): Promise<void> {
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
    `FROM ${SmallAws.image}\nLABEL rainbow-check=1\nRUN --mount=type=secret,id=token node -e "const t = require('fs').readFileSync('/run/secrets/token', 'utf8'); console.log('token ' + t + ' has ' + t.length); setTimeout(() => {}, 300)"\n`,
  );
  const seen = new Set<string>();
  const ended = await bench.mustEnd(
    0,
    { file: join(bench.context, "Secret"), secrets: `token=${canary}`, "no-cache": "true" },
    {
      onOutput: () =>
        void attempt(["ps", "-eo", "args"]).then(({ stdout }) => stdout.includes(canary) && seen.add(stdout)),
    },
  );
  assert.match(ended.text, /token \*\*\* has 13/);
  // The runner hides what it is told to; that line names it.
  assert.ok(!ended.text.replaceAll(`::add-mask::${canary}`, "").includes(canary), ended.text);
  assert.equal(seen.size, 0);
  assert.ok(!ended.summary.includes(canary));
  const archive = join(dirname(bench.context), "secret.tar");
  const tag = `${bench.registry}/service:${ended.outputs["tags"]!.split("\n")[0]}`;
  await run(["docker", "save", "--output", archive, tag]);
  assert.ok(!(await readFile(archive)).includes(canary));
  await rm(archive);
}
