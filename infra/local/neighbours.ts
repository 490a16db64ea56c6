// Other checkouts on this machine: who uses a port, and who uses the engine and the caches that all of them share.
import { readlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ministackContainers } from "./containers.ts";
import { composeOwners } from "./development.ts";
import { root, stateDir } from "./paths.ts";
import { attempt } from "./process.ts";

export interface Listener {
  name: string;
  pid: number;
  /** Of which it is the local AWS: its working folder is the checkout's .local. */
  checkout: string | undefined;
}

/** The process that listens on a port, if there is one that this user may see. */
export async function listenerOn(port: number): Promise<Listener | undefined> {
  const { stdout } = await attempt(["ss", "-Hltnp", `sport = :${port}`]);
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout) ?? [];
  if (name === undefined) return undefined;
  // Linux appends this if the folder was removed while the process runs.
  const cwd = (await readlink(`/proc/${pid}/cwd`).catch(() => "")).replace(/ \(deleted\)$/, "");
  return { name, pid: Number(pid), checkout: basename(cwd) === basename(stateDir) ? dirname(cwd) : undefined };
}

/** Path of another checkout whose local AWS uses the port, or whose containers still publish it. */
export async function otherCheckoutOn(port: number): Promise<string | undefined> {
  const checkout = (await listenerOn(port))?.checkout ?? (await publisherOf(port));
  return checkout === root ? undefined : checkout;
}

async function publisherOf(port: number): Promise<string | undefined> {
  const { stdout } = await attempt(["docker", "ps", "--filter", `publish=${port}`, "--format", "{{.ID}}"]);
  const ids = new Set(stdout.split("\n"));
  return (await ministackContainers()).find(({ id }) => ids.has(id))?.owner;
}

/** Paths of the other checkouts that have a running container. */
export async function otherCheckouts(): Promise<string[]> {
  const running = (await ministackContainers()).filter(({ state }) => state === "running");
  const owners = [...running.map(({ owner }) => owner), ...(await composeOwners())];
  return [...new Set(owners)].filter((owner) => owner !== root).toSorted();
}
