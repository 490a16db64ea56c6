// From an empty repository with a Dockerfile to the first verified deployment on a local AWS: `rainbow-deploy init`, and
// then the commands that it prints, one after another and as they are. Only `gh run watch` is act's run of the workflow,
// and gh records what it would send.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { chmod, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { region, root } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { consumer } from "../../scripts/lib/consumer.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { Examples } from "../examples/examples.ts";
import { baseImage, ecrServer, listen, tagBaseImage } from "../examples/stage.ts";
import { inTurn, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

type Note = (text: string) => void;

const service = "my-service";
const toolkit = "rainbow-seeker/deploy-toolkit";
const limitSeconds = 300;

export function initCheck(note: Note): Promise<Counts> {
  return withSmallAws({ name: "init", note, evaluatesPolicies: false, isPopulated: false }, async (context) => {
    const isTagged = await tagBaseImage();
    const server = ecrServer({ context });
    try {
      const ecr = await listen(server);
      const newcomer = new Newcomer(context, ecr);
      await newcomer.prepare(note);
      return await inTurn(stepsOf(newcomer, note), note);
    } finally {
      server.close();
      const built = await attempt(["docker", "images", "--quiet", `${context.aws.registry}/${service}`]);
      const images = [...built.stdout.split("\n").filter((id) => id !== ""), ...(isTagged ? [baseImage] : [])];
      if (images.length > 0) await attempt(["docker", "rmi", "--force", ...images]);
    }
  });
}

function stepsOf(newcomer: Newcomer, note: Note): [string, () => Promise<void>][] {
  const begin = Date.now();
  let seconds = 0;
  let commands: string[] = [];
  return [
    ["init writes the files", async () => void (commands = await newcomer.init())],
    [
      "the commands, one after another",
      async () => {
        for (const command of commands) {
          const from = Date.now();
          await newcomer.type(command);
          note(`${((Date.now() - from) / 1000).toFixed(1)} s: ${command.slice(0, 80)}`);
        }
        seconds = Math.round((Date.now() - begin) / 1000);
        note(`${seconds} s from init to the verified deployment, ${commands.length} commands`);
      },
    ],
    ["the commit is live, and its revision is verified", () => newcomer.expectLive()],
    ["the environment has its rules", () => newcomer.expectRules()],
    ["init changes nothing when it runs again", () => newcomer.expectUnchanged()],
    [
      "in five minutes",
      async () => assert.ok(seconds <= limitSeconds, `${seconds} s are more than ${limitSeconds} s.`),
    ],
  ];
}

class Newcomer {
  private readonly context: SmallAwsContext;
  private readonly examples: Examples;
  private readonly ecr: string;
  private readonly repository: string;
  private readonly url: string;
  private commit = "";
  private env: NodeJS.ProcessEnv = {};

  constructor(context: SmallAwsContext, ecr: string) {
    this.context = context;
    this.examples = new Examples(context);
    this.ecr = ecr;
    this.repository = join(context.folder, "repository");
    // The name of a load balancer of the local AWS leads nowhere.
    this.url = `${context.aws.settings.endpoint}/_alb/${service}/`;
  }

  /** A repository with two files, the toolkit as another one, and the programs that the commands call. */
  async prepare(note: Note): Promise<void> {
    const { folder, aws } = this.context;
    this.commit = await this.publishToolkit();
    await mkdir(this.repository);
    for (const file of ["Dockerfile", "server.mjs"]) await cp(join(root, consumer, file), join(this.repository, file));
    const origin = join(folder, "origin.git");
    await run(["git", "init", "--quiet", "--bare", origin]);
    await run(["git", "init", "--quiet", "--initial-branch=main", this.repository]);
    const address = `https://github.com/somebody/${service}.git`;
    await run(["git", "-C", this.repository, "remote", "add", "origin", address]);
    const bin = await this.programs(note);
    const rewritten = {
      [`url.file://${join(folder, "published")}.insteadOf`]: `https://github.com/${toolkit}.git`,
      [`url.file://${origin}.pushInsteadOf`]: address,
      "user.name": "newcomer",
      "user.email": "newcomer@example.com",
    };
    // What the local AWS needs, and nobody to confirm an apply.
    const backend = [
      "use_path_style",
      "skip_credentials_validation",
      "skip_requesting_account_id",
      "skip_metadata_api_check",
    ];
    this.env = {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env["PATH"]}`,
      HOME: folder,
      GH_RECORD: folder,
      AWS_ENDPOINT_URL: aws.settings.endpoint,
      AWS_ACCESS_KEY_ID: aws.settings.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.settings.credentials.secretAccessKey,
      AWS_REGION: region,
      TF_CLI_CONFIG_FILE: await terraformConfiguration(),
      TF_CLI_ARGS_init: backend.map((name) => `-backend-config=${name}=true`).join(" "),
      TF_CLI_ARGS_apply: "-auto-approve -parallelism=30",
      TF_INPUT: "0",
      GIT_CONFIG_COUNT: String(Object.keys(rewritten).length),
      ...Object.fromEntries(
        Object.entries(rewritten).flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    };
    await this.type("git add . && git commit --quiet --message 'A service'");
  }

  /**
   * The modules, with what covers the differences of the local AWS, and the policies of the actions, of which the roles
   * are made: what Terraform clones.
   *
   * @returns their commit
   */
  private async publishToolkit(): Promise<string> {
    const folder = join(this.context.folder, "published");
    const isSource = (path: string) => !path.includes("/.terraform");
    for (const path of ["infra/modules", ...globSync("actions/*/iam-policy.json", { cwd: root })])
      await cp(join(root, path), join(folder, path), { recursive: true, filter: isSource });
    await cp(join(root, "infra/local/overrides"), join(folder, "infra"), { recursive: true });
    const git = ["git", "-C", folder, "-c", "user.name=toolkit", "-c", "user.email=toolkit@example.com"];
    await run(["git", "init", "--quiet", folder]);
    await run([...git, "add", "--all"]);
    await run([...git, "commit", "--quiet", "--message", "The toolkit"]);
    return (await run([...git, "rev-parse", "HEAD"])).trim();
  }

  /** A folder with aws, gh and terraform. */
  private async programs(note: Note): Promise<string> {
    const bin = join(this.context.folder, "bin");
    await mkdir(bin);
    const python = await pythonEnvironment(note, { folder: join(root, "test/init"), names: "the AWS CLI" });
    const scripts = {
      aws: `exec "${join(python, "aws")}" "$@"`,
      // Node reads --env-file itself, even behind the script, up to a lone --.
      gh: `exec "${process.execPath}" -- "${join(root, "test/init/gh.mjs")}" "$@"`,
      terraform: `exec "${await terraformBinary(note)}" "$@"`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    return bin;
  }

  /** @returns the commands to type next */
  async init(): Promise<string[]> {
    const { code, stdout, stderr } = await this.runInit();
    assert.equal(code, 0, stdout + stderr);
    const lines = stdout.slice(stdout.indexOf("Next, one after the other:")).split("\n").slice(1);
    return lines.filter((line) => line !== "" && !line.startsWith("#"));
  }

  private runInit() {
    const options = ["--region", region, "--ref", this.commit, "--url", this.url];
    return attempt([process.execPath, join(root, "cli/src/index.ts"), "init", ...options], {
      cwd: this.repository,
      env: this.env,
    });
  }

  /** A command, as it was printed. */
  async type(command: string): Promise<void> {
    if (command.startsWith("gh run watch")) return this.runWorkflow();
    const shell = ["bash", "-c", `set -eo pipefail\n${command}`];
    const { code, stdout, stderr } = await attempt(shell, { cwd: this.repository, env: this.env });
    assert.equal(code, 0, `$ ${command}\n${stdout}${stderr}`);
  }

  private async runWorkflow(): Promise<void> {
    const lines = (await readFile(join(this.context.folder, "variables.env"), "utf8")).trim().split("\n");
    const variables = Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string]));
    assert.deepEqual(Object.keys(variables), ["AWS_BUILD_ROLE", "AWS_DEPLOY_ROLE", "SERVICE_URL"]);
    const { code, text } = await this.examples.act(this.repository, {
      variables,
      environment: { AWS_ENDPOINT_URL_ECR: this.ecr },
      ref: this.commit,
    });
    assert.equal(code, 0, text);
  }

  async expectLive(): Promise<void> {
    const head = (await run(["git", "-C", this.repository, "rev-parse", "HEAD"])).trim();
    const { commit } = (await (await fetch(`${this.url}version`)).json()) as { commit: string };
    assert.equal(commit, head);
    const { arn, running } = await this.examples.running(service, service);
    assert.equal(running, 1);
    assert.ok((await this.examples.tagsOf(arn)).includes("deploy:verified-at"), "the revision is not verified");
  }

  async expectRules(): Promise<void> {
    const path = `repos/somebody/${service}/environments/production`;
    assert.deepEqual((await readFile(join(this.context.folder, "calls"), "utf8")).trim().split("\n"), [
      `PUT ${path} {"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}`,
      `POST ${path}/deployment-branch-policies name=main type=branch`,
    ]);
  }

  async expectUnchanged(): Promise<void> {
    const { code, stdout, stderr } = await this.runInit();
    assert.equal(code, 0, stdout + stderr);
    assert.equal([...stdout.matchAll(/: unchanged$/gm)].length, 8, stdout);
    assert.equal(await run(["git", "-C", this.repository, "status", "--porcelain"]), "");
    await this.type("terraform -chdir=infra plan -detailed-exitcode");
  }
}
