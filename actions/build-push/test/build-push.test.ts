import { existsSync, readdirSync, realpathSync, writeFileSync, symlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import type { Handlers } from "../../shared/test/scripted-aws.ts";
import { aws, buildPush, checkout, container, Docker, folder, registry } from "./fixture.ts";
import { ScriptedRegistry } from "./scripted-registry.ts";

const head = () => checkout.git("rev-parse", "HEAD");
const contentTag = () => registry.tagsOf([...registry.images.keys()][0]!).find((tag) => tag.startsWith("content-"))!;

describe("build-push", () => {
  it("builds with the commit in the image, pushes the content tag first, then the requested tags", async () => {
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

  it("builds nothing if the content exists, reports the commit that first built it, and adds new tags", async () => {
    const first = await buildPush();
    checkout.write("README.md", "elsewhere");
    checkout.commit();
    const docker = new Docker();
    const second = await buildPush({ tags: "v2" }, { docker });
    expect(second).toMatchObject({ image: first.image, version: "this-build", skipped: true });
    expect(docker.verbs()).toEqual([]);
    expect(registry.tagsOf(first.digest)).toContain("v2");
    // A rerun of the same commit requests tags that exist.
    expect(await buildPush({ tags: "v2" })).toMatchObject({ skipped: true, digest: first.digest });
  });

  it("knows an unchanged image of several platforms by few requests, and asks for the password meanwhile", async () => {
    const { digest, tags } = await buildPush();
    const manifests = ["amd64", "arm64"].map((architecture) => ({ digest, platform: { os: "linux", architecture } }));
    registry.put(JSON.stringify({ manifests }), "application/vnd.oci.image.index.v1+json", tags);
    expect(await buildPush()).toMatchObject({ skipped: true, version: "this-build" });
    const operations = aws!.calls.map(({ action }) => action);
    expect(operations.toSorted()).toEqual([
      "ecr:BatchGetImage",
      "ecr:BatchGetImage",
      "ecr:BatchGetImage",
      "ecr:DescribeRepositories",
      "ecr:GetAuthorizationToken",
    ]);
    // Before the manifests of the platforms.
    expect(operations.indexOf("ecr:GetAuthorizationToken")).toBeLessThan(operations.lastIndexOf("ecr:BatchGetImage"));
  });

  it("refuses to move an immutable tag and names its image, and moves a mutable one", async () => {
    await buildPush({ tags: "v1" });
    checkout.write("api/main.js", "2\n");
    await expect(buildPush({ tags: "v1" })).rejects.toThrow(
      /The tag v1 points to another image \(sha256:\w+\), and the tags of api are immutable/,
    );
    registry.immutable = false;
    const moved = await buildPush({ tags: "v1" });
    expect(registry.tagsOf(moved.digest)).toContain("v1");
  });

  it("keeps the password off command lines and removes its temporary configuration", async () => {
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({
        credsStore: "keychain",
        credHelpers: { "other.example": "ecr-login", [registry.host]: "ecr-login" },
        auths: { "ghcr.io": {}, "example.com": { auth: "eA==" } },
      }),
    );
    const docker = new Docker();
    await buildPush({}, { docker, environment: { DOCKER_CONFIG: folder } });
    const login = docker.calls.find(({ command }) => command[1] === "login")!;
    expect([login.command.slice(2), login.options.input]).toEqual([
      ["--username", "AWS", "--password-stdin", registry.host],
      "secret-password",
    ]);
    expect(docker.calls.map(({ command }) => command.join(" ")).join("\n")).not.toMatch(/secret-password|QVdTOn/);
    // The store and the helpers stay those of other hosts; docker would give them our password as well.
    expect(login.config).toEqual({
      auths: { "ghcr.io": {}, "example.com": { auth: "eA==" } },
      credsStore: "keychain",
      credHelpers: { "other.example": "ecr-login", [registry.host]: "" },
    });
    expect(readdirSync(folder).filter((name) => name.startsWith("rainbow-"))).toEqual([]);
  });

  // BuildKit knows the files of earlier builds by the last part of the context's path, and does not look into a file
  // whose size and time are the same.
  it("gives BuildKit the context under the name of its content, and the classic builder as it is", async () => {
    const names = new Set<string>();
    for (const text of ["1\n", "2\n"]) {
      checkout.write("api/main.js", text);
      const docker = new Docker();
      docker.buildx = container;
      await buildPush({ context: relative(process.cwd(), checkout.context) }, { docker });
      const { given, real } = docker.calls.find(({ context }) => context)!.context!;
      expect(real).toBe(realpathSync(checkout.context));
      expect(docker.build).toContain(`${registry.host}/api:${basename(given)}`);
      names.add(basename(given));
      // Only the link is removed.
      expect(existsSync(given)).toBe(false);
      expect(readdirSync(checkout.context)).toContain("main.js");
    }
    expect(names.size).toBe(2);
    checkout.write("api/main.js", "3\n");
    const classic = new Docker();
    await buildPush({}, { docker: classic });
    expect(classic.build.at(-1)).toBe(checkout.context);
    expect(classic.build).toContain("--force-rm");
    expect(classic.build).not.toContain("--no-cache");
  });

  it("keeps the classic builder from its cache where a link counts: it does not look where one points to", async () => {
    symlinkSync("main.js", join(checkout.context, "link"));
    const [classic, buildx] = [new Docker(), new Docker()];
    buildx.buildx = container;
    await buildPush({}, { docker: classic });
    checkout.write("api/main.js", "2\n");
    await buildPush({}, { docker: buildx });
    expect(classic.build).toContain("--no-cache");
    expect(buildx.build).not.toContain("--no-cache");
  });

  it("removes the configuration of a killed run, and not that of a running one", async () => {
    const killed = "rainbow-docker-config-4194305-abc";
    const running = `rainbow-docker-config-${process.pid}-abc`;
    for (const name of [killed, running]) writeFileSync(join(folder, name), "");
    await buildPush();
    expect(readdirSync(folder).filter((name) => name.startsWith("rainbow-"))).toEqual([running]);
  });

  it("logs in again if the password expired during a long build", async () => {
    const docker = new Docker();
    docker.failures = {
      push: [{ code: 1, stderr: "denied: Your authorization token has expired. Reauthenticate and try again." }],
    };
    await buildPush({}, { docker });
    expect(docker.verbs()).toEqual(["login", "build", "push", "login", "push"]);
    expect(aws!.count("ecr:GetAuthorizationToken")).toBe(2);

    // A password that expires soon is renewed before it is used.
    checkout.write("api/main.js", "3\n");
    const shortLived = {
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
    await buildPush({}, { docker: other, handlers: shortLived });
    expect(other.verbs()).toEqual(["login", "build", "login", "push"]);
  });

  it("lets a separate builder push, and pushes again if the password has expired", async () => {
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

  it("caches layers in the repository by default if the tag is mutable, in the format that ECR accepts", async () => {
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

  it("pins a base image to the registry's digest, so that the build uses the one that was hashed", async () => {
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

  it("uses the image that another run pushed during the build, because its own push is then refused", async () => {
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

  it("refuses an image under its content tag that it did not push", async () => {
    const docker = new Docker();
    docker.labels = {};
    await buildPush({}, { docker });
    await expect(buildPush()).rejects.toThrow("has no label org.opencontainers.image.revision");
  });

  it("uses the registry that ECR reports by default", async () => {
    const docker = new Docker();
    const { image } = await buildPush({ registry: "" }, { docker });
    expect(image).toMatch(/^123456789012\.dkr\.ecr\.ap-northeast-1\.amazonaws\.com\/api@sha256:/);
  });

  it("copies the image to other registries under the same digest, with all layers", async () => {
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

  it("takes the repository from a full reference, as in docker/build-push-action", async () => {
    const { tags, image } = await buildPush({ repository: "", tags: `${registry.host}/api:v7` });
    expect(image).toContain(`${registry.host}/api@`);
    expect(tags.split("\n").at(-1)).toBe("v7");
  });

  it("reports a cancellation, and leaves no tag", async () => {
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
  it("is reported with the remedy", async () => {
    registry.exists = false;
    await expect(buildPush()).rejects.toThrow("image repository does not exist");
  });

  it("is created on request: immutable, scanned, with a lifecycle policy", async () => {
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
    // The cache tag is mutable, so the cache is used.
    expect(docker.build.join(" ")).toContain(":buildcache");
  });
});

describe("build secrets", () => {
  it("are passed to docker in its environment, and appear on no command line and in no log", async () => {
    const path = join(folder, "npmrc");
    writeFileSync(path, "file-canary");
    const docker = new Docker();
    docker.buildx = "Name:   default\nDriver: docker\n";
    docker.failures = {
      "buildx build": [{ code: 1, stderr: "#7 0.1 token is canary-value\n#7 0.2 file-canary\n#7 0.3 from-env-canary" }],
    };
    const inputs = {
      secrets: "token=canary-value",
      "secret-envs": "other=SOME_TOKEN",
      "secret-files": `npmrc=${path}`,
    };
    const error = await buildPush(inputs, { docker, environment: { SOME_TOKEN: "from-env-canary" } }).then(
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
