import { describe, expect, it } from "vitest";
import { detectBuilder } from "../src/builder.ts";
import type { ProcessResult } from "../../shared/src/process.ts";

interface Machine {
  /** Output of `docker buildx inspect`; undefined: it is not installed. */
  buildx?: string;
  /** Output of `docker info`; undefined: there is no engine. */
  engine?: string;
}

const engine = (driverStatus: string, platform: string) => `${driverStatus}\n${platform}\n`;
const classicStore = engine('[["Backing Filesystem","extfs"]]', "linux/x86_64");
const containerdStore = engine('[["driver-type","io.containerd.snapshotter.v1"]]', "linux/aarch64");

async function detect({ buildx, engine: info }: Machine) {
  const running: string[] = [];
  let most = 0;
  const builder = await detectBuilder(
    async (command): Promise<ProcessResult> => {
      running.push(command.slice(1, 3).join(" "));
      most = Math.max(most, running.length);
      await new Promise((resolve) => setImmediate(resolve));
      running.pop();
      if (command[1] === "info") return { code: info === undefined ? 1 : 0, stdout: info ?? "", stderr: "" };
      if (buildx === undefined) return { code: 1, stdout: "", stderr: "docker: unknown command: docker buildx" };
      return { code: 0, stdout: buildx, stderr: "" };
    },
    undefined,
    {},
  );
  return { ...builder, most };
}

describe("the builder", () => {
  it.each<[name: string, machine: Machine, expected: object]>([
    ["of the engine", { buildx: "Driver: docker\n", engine: classicStore }, { isFull: false, platform: "linux/amd64" }],
    [
      "of the engine with the containerd store",
      { buildx: "Driver: docker\nPlatforms: linux/arm64, linux/amd64\n", engine: containerdStore },
      { isFull: true, platform: "linux/arm64" },
    ],
    [
      "in a container, on another architecture than its list of emulated ones",
      { buildx: "Driver: docker-container\nPlatforms: linux/amd64/v2*, linux/arm64\n", engine: containerdStore },
      { inEngine: false, isFull: true, platform: "linux/amd64/v2" },
    ],
    [
      "in a container that is not running yet",
      { buildx: "Driver: docker-container\nStatus: inactive\n", engine: containerdStore },
      { platform: "linux/arm64" },
    ],
    ["elsewhere and not running", { buildx: "Driver: remote\n", engine: containerdStore }, { platform: undefined }],
    [
      "elsewhere, without an engine here",
      { buildx: "Driver: kubernetes\nPlatforms: linux/s390x\n" },
      { platform: "linux/s390x" },
    ],
    ["classic", { engine: classicStore }, { kind: "classic", platform: "linux/amd64" }],
    ["classic, without an engine", {}, { kind: "classic", platform: undefined }],
  ])("%s says its platform", async (_name, machine, expected) => expect(await detect(machine)).toMatchObject(expected));

  it("is looked at with both commands at the same time", async () => {
    expect((await detect({ buildx: "Driver: docker\n", engine: classicStore })).most).toBe(2);
  });
});
