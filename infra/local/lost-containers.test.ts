import { describe, expect, it, vi } from "vitest";
import { ScriptedAws } from "../../actions/shared/test/scripted-aws.ts";
import { ScriptedDocker } from "../../test/lib/scripted-docker.ts";
import type { Container } from "./containers.ts";
import { containerName, isData, lostOf, tasksWithoutContainer } from "./lost-containers.ts";
import { root } from "./paths.ts";

const container = (id: string, service: string, state = "running"): Container => ({
  id,
  name: id,
  state,
  service,
  owner: root,
  port: 4566,
});
const recorded = "rds 0a1b2c3d4e5f\nelasticache 123456789abc\n";

describe("containers that keep data", () => {
  it("are there if those of the last apply run", () => {
    expect(lostOf(recorded, [container("0a1b2c3d4e5f", "rds"), container("123456789abc", "elasticache")])).toEqual([]);
  });

  it.each<[string, Container[], string[]]>([
    ["removed", [container("123456789abc", "elasticache")], ["the database"]],
    ["all removed", [], ["the database", "Redis"]],
    [
      "stopped with the engine",
      [container("0a1b2c3d4e5f", "rds", "exited"), container("123456789abc", "elasticache", "exited")],
      ["the database", "Redis"],
    ],
    ["replaced by others", [container("0a1b2c3d4e5f", "rds"), container("ffffffffffff", "elasticache")], ["Redis"]],
  ])("are lost if %s", (_name, containers, lost) => {
    expect(lostOf(recorded, containers)).toEqual(lost);
  });

  it("are not lost while somebody has paused them", () => {
    expect(lostOf("rds 0a1b2c3d4e5f\n", [container("0a1b2c3d4e5f", "rds", "paused")])).toEqual([]);
  });

  it("count as lost if none were recorded", () => {
    expect(lostOf("", [container("0a1b2c3d4e5f", "rds")])).toEqual(["the database", "Redis"]);
  });

  it("are this checkout's databases and caches", () => {
    expect([container("a", "rds"), container("b", "elasticache"), container("c", "ecs")].map(isData)).toEqual([
      true,
      true,
      false,
    ]);
    expect(isData({ ...container("a", "rds"), owner: "/another" })).toBe(false);
  });
});

describe("tasks without a container", () => {
  const arn = (id: string) => `arn:aws:ecs:ap-northeast-1:000000004566:task/rainbow-seeker-cluster-local/${id}`;

  it("are those of which one container does not exist", () => {
    const tasks = [
      { taskArn: arn("0123456789abcdef"), containers: [{ name: "api" }] },
      { taskArn: arn("fedcba9876543210"), containers: [{ name: "api" }, { name: "sidecar" }] },
      { taskArn: arn("00000000aaaaaaaa"), containers: [{ name: "ml" }] },
    ];
    const existing = [
      { name: containerName(arn("0123456789abcdef"), "api") },
      { name: containerName(arn("fedcba9876543210"), "api") },
    ];
    expect(tasksWithoutContainer(tasks, existing)).toEqual([arn("fedcba9876543210"), arn("00000000aaaaaaaa")]);
    expect(containerName(arn("0123456789abcdef"), "api")).toBe("ministack-ecs-01234567-api");
  });
});

describe("npm start", () => {
  it("stops the tasks without a container, and no others", async () => {
    const [whole, lost, starting] = ["0123456789abcdef", "fedcba9876543210", "00000000aaaaaaaa"].map(
      (id) => `arn:aws:ecs:ap-northeast-1:000000004566:task/c/${id}`,
    );
    const task = (taskArn: string | undefined, lastStatus: string) => ({
      taskArn,
      lastStatus,
      containers: [{ name: "api" }],
    });
    const aws = await ScriptedAws.start({
      "ecs:ListTasks": () => ({ taskArns: [whole, lost, starting] }),
      "ecs:DescribeTasks": () => ({
        tasks: [task(whole, "RUNNING"), task(lost, "RUNNING"), task(starting, "PROVISIONING")],
      }),
      "ecs:StopTask": () => ({}),
    });
    const labels = { ministack: "ecs", "ministack.instance": `${root}:4566` };
    const docker = new ScriptedDocker([{ id: "a", name: containerName(whole ?? "", "api"), labels }]);
    vi.stubEnv("PATH", `${docker.folder}:${process.env["PATH"]}`);
    vi.stubEnv("RAINBOW_PORT", new URL(aws.url).port);
    vi.resetModules();
    try {
      const { replaceLostTasks } = await import("./lost-containers.ts");
      expect(await replaceLostTasks("c")).toBe(1);
      expect(aws.last("ecs:StopTask")).toMatchObject({ cluster: "c", task: lost });
    } finally {
      vi.unstubAllEnvs();
      await aws.stop();
    }
  });
});
