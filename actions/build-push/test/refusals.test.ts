// What build-push refuses before it builds: inputs, builders that lack a feature, unknown base images.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aws, buildPush, checkout, container, Docker, folder } from "./fixture.ts";
import { ScriptedRegistry } from "./scripted-registry.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

describe("a requirement that the builder does not support", () => {
  it.each<[string, Record<string, string>, string | undefined, RegExp]>([
    [
      "several platforms",
      { platforms: "linux/amd64,linux/arm64" },
      "Name:   default\nDriver: docker\n",
      /the docker driver[\s\S]*platforms: linux\/amd64, linux\/arm64 in one build[\s\S]*docker-container/,
    ],
    [
      "attestations and a cache, both reported",
      { provenance: "true", "cache-to": "type=registry,ref=x" },
      "Name:   default\nDriver: docker\n",
      /provenance[\s\S]*cache-to: type=registry,ref=x/,
    ],
    ["secrets without BuildKit", { secrets: "a=b-c-d" }, undefined, /the classic builder[\s\S]*secrets/],
    ["a builder without buildx", { builder: "ci" }, undefined, /builder ci needs the buildx plugin/],
  ])("%s", async (_requirement, inputs, buildx, message) => {
    const docker = new Docker();
    docker.buildx = buildx;
    await expect(buildPush(inputs, { docker })).rejects.toThrow(message);
    expect(docker.verbs()).toEqual([]);
  });

  it("is not an error if nothing has to be built", async () => {
    const docker = new Docker();
    docker.buildx = container;
    const inputs = { platforms: "linux/amd64,linux/arm64" };
    await buildPush(inputs, { docker });
    expect(await buildPush(inputs, { docker: new Docker() })).toMatchObject({ skipped: true });
  });

  it("an engine that does not respond", async () => {
    const docker = new Docker();
    docker.buildx = [
      "Name:   default",
      "Driver: docker",
      "Error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "",
    ].join("\n");
    await expect(buildPush({}, { docker })).rejects.toThrow(
      /No builder is available: the Docker engine does not respond[\s\S]*docker\.sock/,
    );
  });
});

describe("registries of base images", () => {
  it("are accessed with the token that they issue, anonymously or with docker's credentials", async () => {
    const other = await ScriptedRegistry.start();
    other.push("1", {}, "base");
    checkout.write("api/Dockerfile", `FROM ${other.host}/team/base:1\n`);
    other.bearer = { token: "open", for: "" };
    await buildPush();
    other.bearer = { token: "closed", for: "bWU6cHc=" };
    await expect(buildPush()).rejects.toThrow(
      /base image is not available[\s\S]*responded with status 401 for team\/base\/manifests\/1\. Log in to it/,
    );
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [other.host]: { auth: "bWU6cHc=" } } }));
    expect(await buildPush({}, { environment: { DOCKER_CONFIG: folder } })).toMatchObject({ skipped: true });
    await other.stop();
    await expect(buildPush()).rejects.toThrow(/cannot be reached/);
  });
});

describe("invalid inputs", () => {
  it("are reported all at once, before anything is started", async () => {
    const docker = new Docker();
    const inputs = {
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
    const error: Error = await buildPush(inputs, { docker }).then(
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

  it("include a Dockerfile that no builder understands, whatever else is wrong", async () => {
    const context = makeTestFolder("build-push-refusals-");
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nWRONG\n");
    const docker = new Docker();
    // There is no commit either, and that must not be an error that nobody waits for.
    await expect(buildPush({ context }, { docker })).rejects.toThrow('line 2: "WRONG" is no instruction');
    expect([docker.calls, aws!.calls]).toEqual([[], []]);
  });

  it("include a context that is not a folder, and a file that does not exist", async () => {
    await expect(buildPush({ context: "https://github.com/a/b.git" })).rejects.toThrow("must be a folder");
    await expect(buildPush({ file: "Dokcerfile" })).rejects.toThrow("there is no file Dokcerfile");
  });
});
