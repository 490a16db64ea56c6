// The containers that MiniStack starts, by checkout. MiniStack labels each with `ministack`, its service, and with
// `ministack.instance`, MINISTACK_HOSTNAME:GATEWAY_PORT (core/container_reaper.py in MiniStack 1.5.33, which uses that
// variable for nothing else). Here the first part is the path of the checkout: a port alone says nothing about whose
// containers they are, because two checkouts can use the same port one after the other.
import { root } from "./paths.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

export interface Container {
  id: string;
  name: string;
  /** running, exited, created, paused, … */
  state: string;
  /** What MiniStack started it for: rds, elasticache, ecs, … */
  service: string;
  /** Path of the checkout, or other name of the instance. */
  owner: string;
  port: number;
}

const format = '{{.ID}}\t{{.Names}}\t{{.State}}\t{{.Label "ministack"}}\t{{.Label "ministack.instance"}}';

/** All containers of all MiniStack instances on this engine; none if no engine responds. */
export async function ministackContainers(): Promise<Container[]> {
  // Without --quiet, with which docker ps ignores --format.
  const { stdout } = await attempt(["docker", "ps", "--all", "--filter", "label=ministack", "--format", format]);
  return stdout.split("\n").flatMap((line) => {
    const [id = "", name = "", state = "", service = "", instance = ""] = line.split("\t");
    const [, owner = "", port = ""] = /^(.+):(\d+)$/.exec(instance) ?? [];
    return owner === "" ? [] : [{ id, name, state, service, owner, port: Number(port) }];
  });
}

/** Removes the containers of an instance, on whichever port it ran, with their volumes; returns how many. */
export const removeContainers = (owner: string = root): Promise<number> => remove((one) => one.owner === owner);

/**
 * Removes what other checkouts have left stopped on a port that is free again, so without the MiniStack that knew it:
 * MiniStack names databases after the account, which is the port (paths.ts), and the names must be free.
 */
export const removeLeftovers = (port: number): Promise<number> =>
  remove((one) => one.port === port && ["exited", "created", "dead"].includes(one.state));

async function remove(isMeant: (container: Container) => boolean): Promise<number> {
  const ids = (await ministackContainers()).filter(isMeant).map(({ id }) => id);
  await removeEach(ids);
  return ids.length;
}

/**
 * Kills and removes containers with their volumes, one after the other: an engine of version 20.10 that releases the
 * networks of several at once can block itself for good, and then answers nothing.
 *
 * @throws Problem if it does
 */
export async function removeEach(ids: string[]): Promise<void> {
  for (const id of ids) {
    const { code } = await attempt(["docker", "rm", "--force", "--volumes", id], { timeout: 120_000 });
    if (code === 124)
      throw new Problem(
        `The Docker engine has not removed the container ${id} within two minutes.`,
        "Restart the Docker engine, then run the command again.",
      );
  }
}
