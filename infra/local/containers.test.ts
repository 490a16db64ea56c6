import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ScriptedDocker, type ScriptedContainer } from "../../test/lib/scripted-docker.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { ministackContainers, removeContainers, removeLeftovers } from "./containers.ts";
import { composeOwners, foreignComposeOwner } from "./development.ts";
import { listenerOn, otherCheckoutOn, otherCheckouts } from "./neighbours.ts";
import { port, root, stateDir } from "./paths.ts";

afterEach(() => vi.unstubAllEnvs());

const other = "/home/somebody/another checkout";
/** As MiniStack labels its containers: own_labels in core/container_reaper.py. */
const container = (id: string, service: string, instance: string, more: Partial<ScriptedContainer> = {}) => ({
  id,
  labels: { ministack: service, "ministack.instance": instance, "ministack.boot": "1f2e3d4c5b6a" },
  ...more,
});

function docker(containers: ScriptedContainer[]): ScriptedDocker {
  const scripted = new ScriptedDocker(containers);
  vi.stubEnv("PATH", `${scripted.folder}:${process.env["PATH"]}`);
  return scripted;
}

describe("containers of two checkouts on one port", () => {
  const containers = [
    container("a1", "rds", `${root}:${port}`, { name: "db" }),
    container("a2", "ecs", `${root}:${port + 1}`, { state: "exited" }),
    container("b1", "rds", `${other}:${port}`),
    container("b2", "ecs", `${other}:${port}`, { state: "exited" }),
    container("b3", "ecs", `${other}:${port + 1}`, { state: "exited" }),
    container("c1", "rds", `${root}-2:${port}`),
    { id: "d1", labels: { "com.docker.compose.project": "somebody-elses" } },
    { id: "e1" },
  ];

  it("are told apart by the path of the checkout, and listed in whatever state they are", async () => {
    docker(containers);
    const found = await ministackContainers();
    expect(found).toHaveLength(6);
    expect(found[0]).toEqual({ id: "a1", name: "db", state: "running", service: "rds", owner: root, port });
    expect(found[3]).toMatchObject({ id: "b2", state: "exited", owner: other, port });
  });

  it("are removed by the checkout that started them only, on whichever port it ran", async () => {
    const scripted = docker(containers);
    expect(await removeContainers()).toBe(2);
    expect(scripted.ids).toEqual(["b1", "b2", "b3", "c1", "d1", "e1"]);
    expect(await removeContainers()).toBe(0);
    expect(await removeContainers(other)).toBe(3);
    expect(scripted.ids).toEqual(["c1", "d1", "e1"]);
  });

  it("are replaced before a start only where they have stopped on its port", async () => {
    const scripted = docker(containers);
    expect(await removeLeftovers(port)).toBe(1);
    expect(scripted.ids).not.toContain("b2");
  });

  it("keep the images and caches that all checkouts share", async () => {
    docker([
      ...containers.filter(({ id }) => id !== "c1"),
      {
        id: "f1",
        labels: {
          "com.docker.compose.project": "rainbow-seeker-dev",
          "com.docker.compose.project.working_dir": "/home/me/dev",
        },
      },
    ]);
    expect(await otherCheckouts()).toEqual(["/home/me/dev", other]);
  });
});

describe("the development environment", () => {
  it("belongs to the checkout whose docker-compose.yml it was started from", async () => {
    const labels = (folder: string) => ({
      "com.docker.compose.project": "rainbow-seeker-dev",
      "com.docker.compose.project.working_dir": folder,
    });
    const development = { folder: root, project: "rainbow-seeker-dev", settings: {} };
    docker([{ id: "a", labels: labels(root) }]);
    expect(await foreignComposeOwner(development)).toBeUndefined();
    docker([
      { id: "a", labels: labels(other) },
      { id: "b", labels: labels(other) },
      { id: "c", labels: labels("/stopped"), state: "exited" },
    ]);
    expect(await composeOwners()).toEqual([other]);
    expect(await foreignComposeOwner(development)).toBe(other);
  });
});

describe("a port in use", () => {
  it("is another checkout's if its local AWS listens there, even if its state was removed", async () => {
    docker([]);
    const checkout = join(realpathSync(makeTestFolder("neighbour-")), "a checkout");
    const state = join(checkout, ".local");
    mkdirSync(state, { recursive: true });
    const script = `require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    const child = spawn(process.execPath, ["-e", script], { cwd: state, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [text] = (await once(child.stdout, "data")) as [Buffer];
      const taken = Number(text.toString());
      expect(await listenerOn(taken)).toMatchObject({ pid: child.pid, checkout });
      expect(await otherCheckoutOn(taken)).toBe(checkout);
      rmSync(state, { recursive: true });
      expect(await otherCheckoutOn(taken)).toBe(checkout);
    } finally {
      child.kill();
    }
  });

  it("is another checkout's if a container of it publishes the port", async () => {
    docker([container("b1", "rds", `${other}:4566`, { port: 15_432 })]);
    expect(await otherCheckoutOn(15_432)).toBe(other);
    expect(await otherCheckoutOn(15_433)).toBeUndefined();
  });

  it("is this checkout's own even without a pid file, and its process is stopped", async () => {
    docker([]);
    const isNew = !existsSync(stateDir);
    mkdirSync(stateDir, { recursive: true });
    const script = `require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    const child = spawn(process.execPath, ["-e", script], { cwd: stateDir, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [text] = (await once(child.stdout, "data")) as [Buffer];
      vi.stubEnv("RAINBOW_PORT", text.toString().trim());
      vi.resetModules();
      const { stopMinistack } = await import("./ministack.ts");
      const exited = once(child, "exit");
      expect(await stopMinistack()).toBe(true);
      await exited;
      expect(await stopMinistack()).toBe(false);
    } finally {
      child.kill();
      if (isNew) rmSync(stateDir, { recursive: true });
    }
  });

  it("is nobody's checkout if any other program listens there", async () => {
    docker([]);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const taken = (server.address() as AddressInfo).port;
    expect(await listenerOn(taken)).toMatchObject({ pid: process.pid, checkout: undefined });
    expect(await otherCheckoutOn(taken)).toBeUndefined();
    server.close();
  });
});
