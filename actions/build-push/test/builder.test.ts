import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { detectBuilder, withFeatures } from "../src/builder.ts";
import { inspectBuilder } from "../src/buildx.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

interface Machine {
  /** Output of `docker buildx inspect`; undefined: it is not installed. */
  buildx?: string;
  /** Platform of the engine; undefined: there is none. */
  engine?: string;
  driverStatus?: string;
}

let calls: string[];
beforeEach(() => void (calls = []));

const runOn =
  ({ buildx, engine, driverStatus = '[["Backing Filesystem","extfs"]]' }: Machine): RunProcess =>
  async (command) => {
    calls.push(command.slice(0, 3).join(" "));
    const [stdout, stderr] =
      command[1] === "info"
        ? [driverStatus, ""]
        : command[1] === "version"
          ? [engine, "Cannot connect to the Docker daemon"]
          : [buildx, "docker: unknown command: docker buildx"];
    return stdout === undefined ? { code: 1, stdout: "\n", stderr } : { code: 0, stdout: `${stdout}\n`, stderr: "" };
  };
/** Without plugins. */
const environment = () => ({ DOCKER_CONFIG: makeTestFolder("docker-config-") });

const detect = async (machine: Machine, requested?: string) => {
  const run = runOn(machine);
  return withFeatures(await detectBuilder(run, requested, environment()), run, {});
};

describe("the builder", () => {
  it.each<[name: string, machine: Machine, expected: object]>([
    [
      "of the engine",
      { buildx: "Driver: docker\nPlatforms: linux/arm64, linux/amd64", engine: "linux/arm64" },
      { inEngine: true, isFull: false, platform: "linux/arm64" },
    ],
    [
      "of the engine with the containerd store",
      {
        buildx: "Driver: docker\nPlatforms: linux/amd64",
        driverStatus: '[["driver-type","io.containerd.snapshotter.v1"]]',
      },
      { inEngine: true, isFull: true, platform: "linux/amd64" },
    ],
    [
      "in a container, with a platform that it was given",
      { buildx: "Driver: docker-container\nPlatforms: linux/aarch64*, linux/amd64" },
      { inEngine: false, isFull: true, platform: "linux/arm64" },
    ],
    [
      "in a container that is not running yet: the engine's",
      { buildx: "Driver: docker-container\nStatus: inactive\nPlatforms:", engine: "linux/s390x" },
      { isFull: true, platform: "linux/s390x" },
    ],
    ["elsewhere and not running", { buildx: "Driver: remote", engine: "linux/s390x" }, { platform: undefined }],
    [
      "elsewhere, without an engine here",
      { buildx: "Driver: remote\nPlatforms: linux/x86_64" },
      { platform: "linux/amd64" },
    ],
    ["classic", { engine: "linux/amd64" }, { kind: "classic", isFull: false, platform: "linux/amd64" }],
    ["classic, without an engine", {}, { kind: "classic", platform: undefined }],
  ])("%s says its platform", async (_name, machine, expected) => expect(await detect(machine)).toMatchObject(expected));

  it("that is requested needs buildx", async () => {
    expect(await detect({ engine: "linux/amd64" }, "ci")).toMatchObject({
      kind: "none",
      isFull: false,
      problem: expect.stringContaining("builder ci needs the buildx plugin"),
    });
  });

  it("is asked one question as long as nothing has to be built", async () => {
    const run = runOn({ buildx: "Driver: docker\nPlatforms: linux/amd64" });
    const builder = await detectBuilder(run, undefined, environment());
    expect(calls).toHaveLength(1);
    await withFeatures(builder, run, {});
    expect(calls).toHaveLength(2);
  });
});

describe("buildx", () => {
  let folder: string;
  let plugin: string;
  beforeEach(() => {
    folder = makeTestFolder("docker-config-");
    plugin = join(folder, "cli-plugins/docker-buildx");
    mkdirSync(join(folder, "cli-plugins"));
    writeFileSync(plugin, "");
  });
  const inspect = (run: RunProcess, config = folder) =>
    inspectBuilder("ci", { run, env: { DOCKER_CONFIG: config }, folders: [join(folder, "cli-plugins")] });

  it("is started by itself, from the user's folder or from docker's", async () => {
    for (const config of [folder, makeTestFolder("docker-config-")]) {
      calls = [];
      await inspect(runOn({ buildx: "Driver: docker" }), config);
      expect(calls).toEqual([`${plugin} inspect ci`]);
    }
  });

  it("is started by docker if there may be another one, or if it fails", async () => {
    for (const broken of [{}, { buildx: "Usage: buildx" }]) {
      calls = [];
      await inspect(runOn(broken));
      expect(calls).toEqual([`${plugin} inspect ci`, "docker buildx inspect"]);
    }
    calls = [];
    await inspect(async (command) => {
      if (command[0] === plugin) throw new Error("EACCES");
      return runOn({ buildx: "Driver: docker" })(command);
    });
    expect(calls).toEqual(["docker buildx inspect"]);
    calls = [];
    writeFileSync(join(folder, "config.json"), '{"cliPluginsExtraDirs": ["/opt"]}');
    await inspect(runOn({ buildx: "Driver: docker" }));
    expect(calls).toEqual(["docker buildx inspect"]);
  });
});
