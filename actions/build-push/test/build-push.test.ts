import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../shared/test/scripted-aws.ts";
import { aws, buildPush, checkout, container, Docker, folder, registry } from "./fixture.ts";
import { ScriptedRegistry } from "./scripted-registry.ts";

const head = () => checkout.git("rev-parse", "HEAD");
const contentTag = () => registry.tagsOf([...registry.images.keys()][0]!).find((tag) => tag.startsWith("content-"))!;

describe("build-push", () => {
  it("builds with the commit baked in, pushes under the content alone, puts the wanted tags, and answers with the digest", async () => {
    const docker = new Docker();
    const built = await buildPush(
      { tags: "v1, latest", "build-args": "BASE_IMAGE=a=b", network: "host", labels: "team=rainbow" },
      { docker, environment: { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "a/b" } },
    );
    expect(docker.verbs()).toEqual(["login", "build", "push"]);
    expect(docker.build).toEqual(
      expect.arrayContaining([
        "--network",
        "host",
        "--build-arg",
        "BASE_IMAGE=a=b",
        `COMMIT=${head()}`,
        "team=rainbow",
        `org.opencontainers.image.revision=${head()}`,
        "org.opencontainers.image.version=v1",
        "org.opencontainers.image.created=2026-11-25T09:00:00.000Z",
        "org.opencontainers.image.source=https://github.com/a/b",
      ]),
    );
    const digest = [...registry.images.keys()][0]!;
    expect(built).toMatchObject({
      image: `${registry.host}/api@${digest}`,
      digest,
      version: head(),
      skipped: false,
      tags: `${contentTag()}\nv1\nlatest`,
    });
    expect(built.size).toBe(Object.values(JSON.parse(built.sizes))[0]);
    expect(Object.keys(JSON.parse(built.phases))).toEqual(["Hash", "Look it up", "Log in", "Build", "Push", "Tag"]);
    expect(registry.tagsOf(digest)).toEqual([contentTag(), "v1", "latest"]);
  });

  it("builds nothing when the content is there, answers with the commit that built it first, and puts new tags on it", async () => {
    const first = await buildPush();
    checkout.write("README.md", "elsewhere");
    checkout.commit();
    const docker = new Docker();
    const again = await buildPush({ tags: "v2" }, { docker });
    expect(again).toMatchObject({ image: first.image, version: "this-build", skipped: true });
    expect(docker.verbs()).toEqual([]);
    expect(registry.tagsOf(first.digest)).toContain("v2");
    // A re-run of the same commit asks for tags that are there.
    expect(await buildPush({ tags: "v2" })).toMatchObject({ skipped: true, digest: first.digest });
  });

  it("says on which image a tag is that may not move, and moves it where it may", async () => {
    await buildPush({ tags: "v1" });
    checkout.write("api/main.js", "2\n");
    await expect(buildPush({ tags: "v1" })).rejects.toThrow(
      /The tag v1 is on another image \(sha256:\w+\), and tags of api do not move/,
    );
    registry.immutable = false;
    const moved = await buildPush({ tags: "v1" });
    expect(registry.tagsOf(moved.digest)).toContain("v1");
  });

  it("keeps the password off command lines and takes its own configuration away again", async () => {
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ credsStore: "keychain", auths: { "ghcr.io": {}, "example.com": { auth: "eA==" } } }),
    );
    const docker = new Docker();
    await buildPush({}, { docker, environment: { DOCKER_CONFIG: folder } });
    const login = docker.calls.find(({ command }) => command[1] === "login")!;
    expect([login.command.slice(2), login.options.input]).toEqual([
      ["--username", "AWS", "--password-stdin", registry.host],
      "secret-password",
    ]);
    expect(docker.calls.map(({ command }) => command.join(" ")).join("\n")).not.toMatch(/secret-password|QVdTOn/);
    // Helpers of other hosts go on; a store, which would keep our password, is asked for the hosts that are in it alone.
    expect(login.config).toMatchObject({
      auths: { "example.com": { auth: "eA==" } },
      credHelpers: { "ghcr.io": "keychain" },
    });
    expect(login.config).not.toHaveProperty("credsStore");
    expect(readdirSync(folder).filter((name) => name.startsWith("rainbow-"))).toEqual([]);
  });

  it("removes what a killed run has left, and nothing of one that lives", async () => {
    const [dead, alive] = ["rainbow-docker-config-4194305-abc", `rainbow-docker-config-${process.pid}-abc`].map(
      (name) => join(folder, name),
    ) as [string, string];
    for (const one of [dead, alive]) writeFileSync(one, "");
    await buildPush();
    expect(readdirSync(folder).filter((name) => name.startsWith("rainbow-"))).toEqual([alive.split("/").at(-1)]);
  });

  it("logs in anew when a long build has outlived the password", async () => {
    const docker = new Docker();
    docker.failures = {
      push: [{ code: 1, stderr: "denied: Your authorization token has expired. Reauthenticate and try again." }],
    };
    await buildPush({}, { docker });
    expect(docker.verbs()).toEqual(["login", "build", "push", "login", "push"]);
    expect(aws!.count("ecr:GetAuthorizationToken")).toBe(2);

    // One that ends soon is renewed before it is used.
    checkout.write("api/main.js", "3\n");
    const short = {
      "ecr:GetAuthorizationToken": () => ({
        authorizationData: [
          {
            authorizationToken: Buffer.from("AWS:x").toString("base64"),
            expiresAt: Date.parse("2026-11-25T09:05:00Z") / 1000,
          },
        ],
      }),
    };
    const other = new Docker();
    await buildPush({}, { docker: other, handlers: short });
    expect(other.verbs()).toEqual(["login", "build", "login", "push"]);
  });

  it("lets a builder of its own push, and pushes again when the password has run out", async () => {
    const docker = new Docker();
    docker.buildx = container;
    docker.failures = {
      "buildx build": [{ code: 1, stderr: "ERROR: failed to push: unexpected status: 401 Unauthorized" }],
    };
    await buildPush({ platforms: "linux/amd64,linux/arm64", provenance: "mode=max", sbom: "true" }, { docker });
    expect(docker.verbs()).toEqual(["login", "buildx build", "login", "buildx build"]);
    expect(docker.build.join(" ")).toMatch(
      /--platform linux\/amd64,linux\/arm64.* --provenance mode=max --sbom true .*--push --metadata-file/,
    );
    expect(docker.build.join(" ")).not.toContain("--cache-to");
  });

  it("caches layers in the repository by default where the tag may move, in the form that ECR takes", async () => {
    const docker = new Docker();
    docker.buildx = container;
    registry.immutable = false;
    await buildPush({}, { docker });
    const reference = `${registry.host}/api:buildcache`;
    expect(docker.build).toEqual(
      expect.arrayContaining([
        "--cache-from",
        `type=registry,ref=${reference}`,
        "--cache-to",
        `type=registry,ref=${reference},ignore-error=true,mode=max,image-manifest=true,oci-mediatypes=true`,
      ]),
    );
    const other = new Docker();
    other.buildx = container;
    checkout.write("api/main.js", "4\n");
    await buildPush({ "cache-to": "none", "cache-from": "type=gha" }, { docker: other });
    expect(other.build.join(" ")).toMatch(/--cache-from type=gha/);
    expect(other.build.join(" ")).not.toContain("--cache-to");
  });

  it("pins a base that the registry has named, so that what was hashed is what is built on", async () => {
    const docker = new Docker();
    docker.buildx = container;
    const base = registry.push("24", {}, "base");
    checkout.write("api/Dockerfile", `FROM ${registry.host}/node:24\n`);
    await buildPush({}, { docker });
    expect(docker.build).toEqual(
      expect.arrayContaining([
        "--build-context",
        `${registry.host}/node:24=docker-image://${registry.host}/node:24@${base}`,
      ]),
    );
  });

  it("takes what another run pushed while this one built, since its own push is refused then", async () => {
    const docker = new Docker();
    docker.failures = { push: [{ code: 1, stderr: "tag invalid: the image tag already exists" }] };
    const run = docker.run;
    docker.run = async (command, options) => {
      if (command[1] === "push")
        registry.push(/content-\w+/.exec(command[2]!)![0], { "org.opencontainers.image.revision": "another" });
      return run(command, options);
    };
    expect(await buildPush({}, { docker })).toMatchObject({ version: "another", skipped: true });
  });

  it("refuses an image of somebody else under its tag", async () => {
    const docker = new Docker();
    docker.labels = {};
    await buildPush({}, { docker });
    await expect(buildPush()).rejects.toThrow("carries no label");
  });

  it("uses the registry that ECR reports unless told otherwise", async () => {
    const docker = new Docker();
    const { image } = await buildPush({ registry: "" }, { docker });
    expect(image).toMatch(/^123456789012\.dkr\.ecr\.ap-northeast-1\.amazonaws\.com\/api@sha256:/);
  });

  it("copies the image to other registries under its digest, layers and all", async () => {
    const other = await ScriptedRegistry.start();
    const built = await buildPush({ tags: `v1\n${other.host}/mirror/api:v1` });
    expect(other.find("v1")?.digest).toBe(built.digest);
    expect([...registry.blobs.keys()].every((digest) => digest === "upload" || other.blobs.has(digest))).toBe(true);
    expect(built.tags.split("\n")).toContain(`${other.host}/mirror/api:v1`);
    const before = other.requests.length;
    await buildPush({ tags: `${other.host}/mirror/api:v1` });
    expect(other.requests.slice(before).map(({ line }) => line)).toEqual(["HEAD /v2/mirror/api/manifests/v1"]);
    await other.stop();
  });

  it("takes the repository from a whole reference, as the replaced action is used", async () => {
    const { tags, image } = await buildPush({ repository: "", tags: `${registry.host}/api:v7` });
    expect(image).toContain(`${registry.host}/api@`);
    expect(tags.split("\n").at(-1)).toBe("v7");
  });

  it("says why when it is cancelled, and leaves no tag", async () => {
    const controller = new AbortController();
    const docker = new Docker();
    const run = docker.run;
    docker.run = async (command, options) => {
      if (command[1] !== "push") return run(command, options);
      controller.abort();
      return { code: 143, stdout: "", stderr: "" };
    };
    await expect(buildPush({ tags: "v1" }, { docker, signal: controller.signal })).rejects.toMatchObject({
      outcome: "cancelled",
    });
    expect(registry.images.size).toBe(0);
  });
});

describe("a missing repository", () => {
  it("is said with what to do", async () => {
    registry.exists = false;
    await expect(buildPush()).rejects.toThrow("image repository does not exist");
  });

  it("is made on request: immutable, scanned, with a lifecycle", async () => {
    registry.exists = false;
    const handlers: Handlers = {
      "ecr:CreateRepository": () => ({
        repository: {
          repositoryUri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api",
          imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
          imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "buildcache" }],
        },
      }),
      "ecr:PutLifecyclePolicy": () => ({}),
    };
    const docker = new Docker();
    docker.buildx = container;
    await buildPush({ "create-repository": "true" }, { handlers, docker });
    expect(aws!.last("ecr:CreateRepository")).toMatchObject({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageScanningConfiguration: { scanOnPush: true },
    });
    expect(JSON.parse(aws!.last("ecr:PutLifecyclePolicy").lifecyclePolicyText).rules).toHaveLength(2);
    // Its cache may move, so there is one.
    expect(docker.build.join(" ")).toContain(":buildcache");
  });
});

describe("secrets of a build", () => {
  it("reach docker by its environment, and no command line and no log", async () => {
    const path = join(folder, "npmrc");
    writeFileSync(path, "file-canary");
    const docker = new Docker();
    docker.buildx = "Name:   default\nDriver: docker\n";
    docker.failures = {
      "buildx build": [{ code: 1, stderr: "#7 0.1 token is canary-value\n#7 0.2 file-canary\n#7 0.3 from-env-canary" }],
    };
    const given = { secrets: "token=canary-value", "secret-envs": "other=SOME_TOKEN", "secret-files": `npmrc=${path}` };
    const error = await buildPush(given, { docker, environment: { SOME_TOKEN: "from-env-canary" } }).then(
      () => undefined,
      (reason: Error & { log: string[] }) => reason,
    );
    expect(docker.build.join(" ")).toContain(
      `--secret id=npmrc,src=${path} --secret id=token,env=BUILD_SECRET_0 --secret id=other,env=BUILD_SECRET_1`,
    );
    expect(docker.calls.find(({ command }) => command.includes("build"))!.options.env).toMatchObject({
      BUILD_SECRET_0: "canary-value",
      BUILD_SECRET_1: "from-env-canary",
    });
    expect(
      docker.calls.map(({ command }) => command.join(" ")).join(" ") + error!.message + error!.log.join("\n"),
    ).not.toContain("canary-value");
    expect(error!.message + error!.log.join("\n")).not.toMatch(/file-canary|from-env-canary/);
  });
});

describe("what the builder at hand cannot do", () => {
  it.each<[string, Record<string, string>, string | undefined, RegExp]>([
    [
      "several platforms",
      { platforms: "linux/amd64,linux/arm64" },
      "Name:   default\nDriver: docker\n",
      /driver docker[\s\S]*platforms: linux\/amd64, linux\/arm64 at once[\s\S]*docker-container/,
    ],
    [
      "attestations and a cache, both said",
      { provenance: "true", "cache-to": "type=registry,ref=x" },
      "Name:   default\nDriver: docker\n",
      /provenance[\s\S]*cache-to: type=registry,ref=x/,
    ],
    ["secrets without BuildKit", { secrets: "a=b-c-d" }, undefined, /the classic builder[\s\S]*secrets/],
    ["a builder without buildx", { builder: "ci" }, undefined, /no buildx here, and so no builder ci/],
  ])("%s", async (_what, given, buildx, said) => {
    const docker = new Docker();
    docker.buildx = buildx;
    await expect(buildPush(given, { docker })).rejects.toThrow(said);
    expect(docker.verbs()).toEqual([]);
  });

  it("is no matter while nothing is built", async () => {
    const docker = new Docker();
    docker.buildx = container;
    const both = { platforms: "linux/amd64,linux/arm64" };
    await buildPush(both, { docker });
    expect(await buildPush(both, { docker: new Docker() })).toMatchObject({ skipped: true });
  });

  it("an engine that does not answer", async () => {
    const docker = new Docker();
    docker.buildx =
      "Name:   default\nDriver: docker\nError: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n";
    await expect(buildPush({}, { docker })).rejects.toThrow(
      /Nothing can be built: the Docker engine does not answer[\s\S]*docker\.sock/,
    );
  });
});

describe("registries of base images", () => {
  it("are asked with the token that they give, to anybody or to those whom docker knows", async () => {
    const other = await ScriptedRegistry.start();
    other.push("1", {}, "base");
    checkout.write("api/Dockerfile", `FROM ${other.host}/team/base:1\n`);
    other.bearer = { token: "open", for: "" };
    await buildPush();
    other.bearer = { token: "closed", for: "bWU6cHc=" };
    await expect(buildPush()).rejects.toThrow(
      /base image is not to be had[\s\S]*answered 401 for team\/base\/manifests\/1; is this job logged in/,
    );
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [other.host]: { auth: "bWU6cHc=" } } }));
    expect(await buildPush({}, { environment: { DOCKER_CONFIG: folder } })).toMatchObject({ skipped: true });
    await other.stop();
    await expect(buildPush()).rejects.toThrow(/cannot be reached/);
  });
});

describe("bad input", () => {
  it("is told all at once, and nothing is started", async () => {
    const docker = new Docker();
    const given = {
      context: "nowhere",
      repository: "host/api:latest",
      registry: "http://x/",
      "build-args": "COMMIT=x",
      platforms: "amd64",
      tags: "a b, content-x, x/y:z",
      "cache-to": "here",
      "secret-envs": "a=NOT_SET",
      "ignore-findings": "CVE-1",
      "signing-key": "secret",
    };
    const error: Error = await buildPush(given, { docker }).then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    );
    for (const part of [
      "nowhere",
      "COMMIT",
      "repository:",
      "registry:",
      "platforms:",
      '"a b"',
      "content-",
      "cache-to",
      "NOT_SET",
      "last day",
      "signing-key",
    ])
      expect(error.message).toContain(part);
    expect([docker.calls, aws!.calls]).toEqual([[], []]);
  });

  it("says that a context must be there to be known", async () => {
    await expect(buildPush({ context: "https://github.com/a/b.git" })).rejects.toThrow("must be a folder");
    await expect(buildPush({ file: "Dokcerfile" })).rejects.toThrow("there is no file Dokcerfile");
  });
});
