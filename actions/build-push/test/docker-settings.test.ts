// What is asked of docker besides the files: attestations, caches, named contexts. None of it is ignored
// silently where the content exists.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { buildPush, checkout, container, Docker, folder, registry } from "./fixture.ts";

const withBuildKit = () => Object.assign(new Docker(), { buildx: container });

describe("when the content was built before", () => {
  it("attestations that it does not have are content: it is built with them, once", async () => {
    const plain = await buildPush();
    const inputs = { sbom: "true", provenance: "mode=max" };
    expect(await buildPush(inputs, { docker: withBuildKit() })).toMatchObject({ skipped: false });
    expect(await buildPush(inputs, { docker: withBuildKit() })).toMatchObject({ skipped: true });
    expect(await buildPush()).toMatchObject({ skipped: true, digest: plain.digest });
  });

  it("no-cache has no effect, which the log and the summary say, with what to do", async () => {
    const file = join(folder, "summary.md");
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    const built = await buildPush({ "no-cache": "true" });
    expect([built.skipped, built.log.join("\n").includes("without effect")]).toEqual([false, false]);
    writeFileSync(file, "");
    const { log, skipped } = await buildPush({ "no-cache": "true", "no-cache-filters": "build" });
    expect(skipped).toBe(true);
    for (const text of [log.join("\n"), readFileSync(file, "utf8")])
      expect(text).toMatch(
        /no-cache, no-cache-filters: without effect[^]*a build argument that the Dockerfile declares/,
      );
    vi.unstubAllEnvs();
  });

  it("pull decides by the base image in the registry, not by the one in the engine", async () => {
    checkout.write("api/Dockerfile", `FROM ${registry.host}/node:24\n`);
    const inspected = { Id: "sha256:0", RepoTags: [`${registry.host}/node:24`], RepoDigests: [] };
    const withOldBase = () => {
      const docker = new Docker();
      const { run } = docker;
      docker.run = async (command, options) =>
        command[1] === "image" ? { code: 0, stdout: JSON.stringify([inspected]), stderr: "" } : run(command, options);
      return docker;
    };
    registry.push("24", {}, "base");
    await buildPush({}, { docker: withOldBase() });
    expect(await buildPush({ pull: "true" }, { docker: withOldBase() })).toMatchObject({ skipped: false });
    expect(await buildPush({ pull: "true" }, { docker: withOldBase() })).toMatchObject({ skipped: true });
    registry.push("24", {}, "newer base");
    expect(await buildPush({}, { docker: withOldBase() })).toMatchObject({ skipped: true });
    expect(await buildPush({ pull: "true" }, { docker: withOldBase() })).toMatchObject({ skipped: false });
  });
});

describe("the build command", () => {
  it("has the other settings of docker/build-push-action", async () => {
    const docker = withBuildKit();
    const inputs = {
      "add-hosts": "a:10.0.0.1, b:10.0.0.2",
      allow: "network.host",
      annotations: "manifest:a=b, c\nindex:d=e",
      "cgroup-parent": "parent",
      "no-cache-filters": "build",
      "shm-size": "2g",
      ssh: "default=/agent",
      ulimit: "nofile=1024:1024",
      attests: "type=sbom",
    };
    await buildPush(inputs, { docker });
    const command = docker.build.join(" ");
    for (const part of [
      "--add-host a:10.0.0.1 --add-host b:10.0.0.2",
      "--allow network.host",
      "--annotation manifest:a=b, c --annotation index:d=e",
      "--cgroup-parent parent",
      "--no-cache-filter build",
      "--shm-size 2g",
      "--ssh default=/agent",
      "--ulimit nofile=1024:1024",
      "--sbom true",
    ])
      expect(command).toContain(part);
  });

  it("is refused by a builder that lacks one of them, with all that it lacks", async () => {
    const inputs = {
      allow: "network.host",
      annotations: "a=b",
      "build-contexts": `shared=${folder}`,
      "no-cache-filters": "build",
      ssh: "default=/agent",
    };
    const error = await buildPush(inputs).then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    );
    expect(error.message).toContain("the classic builder");
    for (const name of Object.keys(inputs)) expect(error.message).toMatch(new RegExp(`^ {2}${name}: `, "m"));
  });

  it("has the labels of docker/metadata-action, and this build's revision, which the log says if it differs", async () => {
    const revision = "org.opencontainers.image.revision";
    const docker = new Docker();
    const { version, log } = await buildPush(
      { labels: `${revision}=another\norg.opencontainers.image.version=v9\norg.opencontainers.image.title=api` },
      { docker },
    );
    expect(docker.build.filter((argument) => argument.startsWith("org."))).toEqual([
      "org.opencontainers.image.version=v9",
      "org.opencontainers.image.created=2026-11-25T09:00:00.000Z",
      `${revision}=${version}`,
      "org.opencontainers.image.title=api",
    ]);
    expect(log.join("\n")).toContain(`labels: ${revision} is ${version}, the version of this build, not another`);
    checkout.write("api/main.js", "2\n");
    checkout.commit();
    const same = await buildPush({ labels: `${revision}=${checkout.git("rev-parse", "HEAD")}` });
    expect(same.log.join("\n")).not.toContain("labels:");
  });
});

describe("named contexts", () => {
  it("a folder counts by what its .dockerignore does not exclude", async () => {
    const shared = join(folder, "shared");
    mkdirSync(shared);
    writeFileSync(join(shared, ".dockerignore"), "*.md\n");
    writeFileSync(join(shared, "a.js"), "1");
    const run = async (inputs = { "build-contexts": `shared=${shared}` }) => {
      const docker = withBuildKit();
      const { skipped } = await buildPush(inputs, { docker });
      return { skipped, command: skipped ? "" : docker.build.join(" ") };
    };
    await buildPush({}, { docker: withBuildKit() });
    const first = await run();
    expect(first.command).toContain(`--build-context shared=${shared}`);
    expect((await run()).skipped).toBe(true);
    writeFileSync(join(shared, "README.md"), "excluded");
    expect((await run()).skipped).toBe(true);
    writeFileSync(join(shared, "a.js"), "2");
    expect((await run()).skipped).toBe(false);
    expect((await run({ "build-contexts": `other=${shared}` })).skipped).toBe(false);
  });

  it("an image counts by its digest, is pinned to it, and replaces the image of its name", async () => {
    // No registry has an image of this name.
    checkout.write("api/Dockerfile", "FROM localhost:1/base:latest\n");
    const image = `${registry.host}/node:24`;
    const run = async () => {
      const docker = withBuildKit();
      const { skipped } = await buildPush({ "build-contexts": `localhost:1/base=docker-image://${image}` }, { docker });
      return { skipped, command: skipped ? "" : docker.build.join(" ") };
    };
    const digest = registry.push("24", {}, "base");
    expect((await run()).command).toContain(`--build-context localhost:1/base=docker-image://${image}@${digest}`);
    expect((await run()).skipped).toBe(true);
    registry.push("24", {}, "newer base");
    expect((await run()).skipped).toBe(false);
  });
});
