import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProcess, type RunProcess } from "../../shared/src/process.ts";
import { AwsError, ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { contentOf } from "../src/content.ts";
import { readInputs } from "../src/inputs.ts";
import { buildCommand } from "../src/docker.ts";
import { main } from "../src/main.ts";

let repository: string;
const git = (...args: string[]) => execFileSync("git", ["-C", repository, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], { encoding: "utf8" }).trim();
const write = (path: string, text: string) => writeFileSync(join(repository, path), text);
const context = () => join(repository, "api");
const content = (buildArgs: [string, string][] = []) => contentOf({ context: context(), dockerfile: join(context(), "Dockerfile"), buildArgs: new Map(buildArgs) }, runProcess);
const commit = () => {
  git("add", "-A");
  git("commit", "-qm", "change");
  return git("rev-parse", "HEAD");
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), "build-push-test-"));
  mkdirSync(join(repository, "api"));
  git("init", "-q");
  write(".gitignore", "node_modules\n");
  write("api/Dockerfile", "FROM scratch\n");
  write("api/.dockerignore", "test\n*.md\n");
  write("api/main.js", "1\n");
  commit();
});
afterEach(() => rmSync(repository, { recursive: true }));

describe("contentOf", () => {
  it("stays when nothing in the context changes, whatever else the commit brings", async () => {
    const before = await content();
    write("README.md", "elsewhere\n");
    write("api/README.md", "not in the image\n");
    const head = commit();
    expect(await content()).toEqual({ ...before, version: head });
  });

  it.each([
    ["a file", () => write("api/main.js", "2\n")],
    ["a new file", () => write("api/more.js", "")],
    ["a file that is gone", () => rmSync(join(context(), "main.js"))],
    ["a name", () => git("mv", "api/main.js", "api/other.js")],
    ["the executable bit", () => chmodSync(join(context(), "main.js"), 0o755)],
    ["a link", () => symlinkSync("main.js", join(context(), "link.js"))],
    ["the Dockerfile", () => write("api/Dockerfile", "FROM scratch\nUSER 1001\n")],
  ])("changes with %s", async (_what, change) => {
    const before = await content();
    change();
    const after = await content();
    expect(after.hash).not.toBe(before.hash);
    expect(after.version).toBe(`${before.version}-dirty-${after.hash.slice(0, 8)}`);
  });

  it("changes with a build argument, and not with their order", async () => {
    const both = await content([["A", "1"], ["B", "2"]]);
    expect(await content([["B", "2"], ["A", "1"]])).toEqual(both);
    expect((await content([["A", "1"], ["B", "3"]])).hash).not.toBe(both.hash);
  });

  it("is not confused by what git ignores", async () => {
    const before = await content();
    mkdirSync(join(context(), "node_modules"));
    write("api/node_modules/x.js", "x");
    expect(await content()).toEqual(before);
  });
});

describe("build-push", () => {
  let aws: ScriptedAws;
  let registry: Server;
  let host: string;
  const digest = `sha256:${"d".repeat(64)}`;
  const configDigest = `sha256:${"c".repeat(64)}`;
  let authorization: string | undefined;
  let labels: Record<string, string>;

  beforeEach(async () => {
    labels = { "org.opencontainers.image.revision": "first-commit" };
    registry = createServer((request, response) => {
      authorization = request.headers.authorization;
      response.end(request.url === `/v2/api/blobs/${configDigest}` ? JSON.stringify({ config: { Labels: labels } }) : "");
    });
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    registry.closeAllConnections();
    registry.close();
    await aws.stop();
  });

  const token = Buffer.from("AWS:secret-password").toString("base64");
  const ecr = (pushed: () => boolean): Handlers => ({
    "ecr:DescribeRepositories": () => ({ repositories: [{ repositoryUri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api" }] }),
    "ecr:GetAuthorizationToken": () => ({ authorizationData: [{ authorizationToken: token }] }),
    "ecr:DescribeImages": () => (pushed() ? { imageDetails: [{ imageDigest: digest }] } : new AwsError("ImageNotFoundException", "no such image")),
    "ecr:BatchGetImage": () => ({ images: [{ imageManifest: JSON.stringify({ config: { digest: configDigest } }) }] }),
  });

  async function buildPush(handlers: Handlers, run: RunProcess, more: Record<string, string> = {}) {
    aws = await ScriptedAws.start(handlers);
    const given: Record<string, string> = { context: context(), repository: "api", registry: host, ...more };
    return main(readInputs((name) => given[name] ?? ""), { ecr: new ECRClient(aws.client), run, clock: simulatedClock(), log: () => {} });
  }

  /** git is real; docker is a script that remembers what it was asked, with the configuration that it saw. */
  function docker(exitCodes: Record<string, number> = {}): { run: RunProcess; commands: string[][]; configs: string[] } {
    const commands: string[][] = [];
    const configs: string[] = [];
    const run: RunProcess = async (command, options) => {
      if (command[0] === "git") return runProcess(command, options);
      commands.push(command);
      if (command[1] === "push") configs.push(readFileSync(join(options!.env!["DOCKER_CONFIG"]!, "config.json"), "utf8"));
      return { code: exitCodes[command[1]!] ?? 0, stdout: "", stderr: `docker ${command[1]} says no` };
    };
    return { run, commands, configs };
  }

  it("builds with the commit baked in, pushes, and answers with the digest", async () => {
    const { run, commands, configs } = docker();
    const built = await buildPush(ecr(() => commands.length === 2), run, { "build-args": "BASE_IMAGE=a=b", network: "host" });
    const head = git("rev-parse", "HEAD");
    expect(built).toEqual({ image: `${host}/api@${digest}`, version: head, skipped: false });
    expect(commands[0]).toEqual(expect.arrayContaining(["--network", "host", "--build-arg", "BASE_IMAGE=a=b", `COMMIT=${head}`]));
    expect(commands.flat().join(" ")).not.toMatch(new RegExp(`${token}|secret-password`));
    expect(JSON.parse(configs[0]!).auths[host]).toEqual({ auth: token });
  });

  it("builds nothing when the content is there, and answers with the commit that built it first", async () => {
    const { run, commands } = docker();
    expect(await buildPush(ecr(() => true), run)).toEqual({ image: `${host}/api@${digest}`, version: "first-commit", skipped: true });
    expect(commands).toEqual([]);
    expect(authorization).toBe(`Basic ${token}`);
  });

  it("takes what another run pushed while this one built, since its own push is refused then", async () => {
    const { run, commands } = docker({ push: 1 });
    expect(await buildPush(ecr(() => commands.length > 0), run)).toEqual({ image: `${host}/api@${digest}`, version: "first-commit", skipped: true });
    expect(commands.map(([, verb]) => verb)).toEqual(["build", "push"]);
  });

  it("refuses an image of somebody else under its tag", async () => {
    labels = {};
    await expect(buildPush(ecr(() => true), docker().run)).rejects.toThrow("carries no label");
  });

  it("uses the registry that ECR reports unless told otherwise", async () => {
    const { run, commands } = docker();
    const { image } = await buildPush(ecr(() => commands.length === 2), run, { registry: "" });
    expect(image).toBe(`123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api@${digest}`);
  });

  it.each([
    ["build", "docker build says no"],
    ["push", "docker push says no"],
  ])("fails with the words of docker %s", async (verb, words) => {
    await expect(buildPush(ecr(() => false), docker({ [verb]: 1 }).run)).rejects.toThrow(words);
  });

  it("says what to do about a repository that is not there", async () => {
    const handlers = { ...ecr(() => false), "ecr:DescribeRepositories": () => new AwsError("RepositoryNotFoundException", "no") };
    await expect(buildPush(handlers, docker().run)).rejects.toThrow("image repository does not exist");
  });

  it("tells all that is wrong with its inputs and starts nothing", async () => {
    const { run, commands } = docker();
    const promise = buildPush({}, run, { context: "nowhere", repository: "host/api:latest", registry: "http://x/", "build-args": "COMMIT=x" });
    await expect(promise).rejects.toThrow(/4 inputs[\s\S]*COMMIT[\s\S]*repository|4 inputs[\s\S]*nowhere/);
    expect(commands).toEqual([]);
    expect(aws.calls).toEqual([]);
  });
});

describe("the build command", () => {
  it("hands on the proxies of the environment by name, so that no password is on the command line", () => {
    const inputs = { context: "/c", dockerfile: "/c/Dockerfile", network: "", buildArgs: new Map([["A", "1"]]) } as unknown as ReturnType<typeof readInputs>;
    const command = buildCommand(inputs, { reference: "r:t", commit: "c", builtAt: "now" }, { https_proxy: "http://me:hunter2@proxy:3128", NO_PROXY: "localhost", HTTP_PROXY: "" });
    expect(command.join(" ")).toBe("docker build --file /c/Dockerfile --tag r:t --build-arg A=1 --build-arg COMMIT=c --build-arg BUILT_AT=now --build-arg NO_PROXY --build-arg https_proxy /c");
  });
});
