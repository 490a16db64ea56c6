// api as images run it, several side by side, with PostgreSQL and Redis: containers in the network of this machine, so that
// nothing of Docker's stands between them and who asks.
import pg from "pg";
import { ensureBaseImages, imagePrefix } from "../../infra/local/base-images.ts";
import { removeEach } from "../../infra/local/containers.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { root } from "../../infra/local/paths.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import { freePorts } from "../lib/ports.ts";

const passwords = { master: "only-for-this-check-1", app: "only-for-this-check-2" };
const database = "shiojiri_rainbow";

/** What a run that was killed has left is found by it. */
const label = `rainbow-load=${root}`;

export interface Fleet {
  postgres: pg.ClientConfig;
  /** Builds an image whose `/version` says this commit. */
  build: (commit: string) => Promise<string>;
  migrate: (image: string) => Promise<void>;
  /** @param core that it has alone: everything else is kept on the others */
  start: (image: string, port: number, more?: { core?: number }) => Promise<string>;
  /** As ECS does: SIGTERM, and after 30 s SIGKILL. @returns the exit code */
  stop: (container: string) => Promise<number>;
  /** Of all its processes, in MiB, as `docker stats` has it. */
  memoryOf: (container: string) => Promise<number>;
  end: () => Promise<void>;
}

type Note = (text: string) => void;

/**
 * Gone when the work has ended, however it does.
 *
 * @param cores of the database and Redis, as Docker writes them; all, unless they are given
 */
export async function withFleet<T>(note: Note, work: (fleet: Fleet) => Promise<T>, cores?: string): Promise<T> {
  await ensureEngine(note);
  await ensureBaseImages(note);
  const fleet = await startFleet(note, cores);
  try {
    return await work(fleet);
  } finally {
    await fleet.end();
  }
}

/** One task, which is ready. */
export async function startOne(fleet: Fleet, image: string, more: { core?: number } = {}) {
  const [port = 0] = await freePorts(1);
  const container = await fleet.start(image, port, more);
  const origin = `http://127.0.0.1:${port}`;
  if (!(await until(async () => (await fetch(`${origin}/ready`)).ok, { seconds: 60 })))
    throw new Error("api is not ready 60 seconds after its start.");
  return { container, origin };
}

async function startFleet(note: Note, cores?: string): Promise<Fleet> {
  const images = new Set<string>();
  const [postgresPort = 0, redisPort = 0] = await freePorts(2);
  const docker = async (...args: string[]) => (await run(["docker", ...args])).trim();
  const container = (options: string[], image: string, command: string[] = []) =>
    docker("run", "--detach", "--network", "host", "--label", label, ...options, image, ...command);
  const elsewhere = cores === undefined ? [] : ["--cpuset-cpus", cores];
  const removeContainers = async () => {
    const ids = (await docker("ps", "--all", "--quiet", "--filter", `label=${label}`)).split("\n").filter(Boolean);
    await removeEach(ids);
  };
  const end = async () => {
    await removeContainers();
    if (images.size > 0) await attempt(["docker", "rmi", ...images]);
  };
  try {
    note("PostgreSQL and Redis");
    await removeContainers();
    await container(
      [...elsewhere, "-e", `POSTGRES_PASSWORD=${passwords.master}`, "-e", `POSTGRES_DB=${database}`],
      `${imagePrefix}/postgres:17-alpine`,
      ["postgres", "-c", `port=${postgresPort}`, "-c", "listen_addresses=127.0.0.1"],
    );
    await container(elsewhere, `${imagePrefix}/redis:7-alpine`, [
      "redis-server",
      "--port",
      String(redisPort),
      "--save",
      "",
    ]);
    const postgres = { host: "127.0.0.1", port: postgresPort, user: "postgres", password: passwords.master, database };
    await untilConnected(postgres);
    const settings = (values: Record<string, string>) =>
      Object.entries(values).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    const connection = { DB_HOST: "127.0.0.1", DB_PORT: String(postgresPort), DB_NAME: database, DB_SSL: "disable" };
    return {
      postgres,
      end,
      build: async (commit) => {
        const image = `rainbow-load:${commit}`;
        images.add(image);
        const args = [`BASE_IMAGE=${imagePrefix}/node:24`, `COMMIT=${commit}`].flatMap((arg) => ["--build-arg", arg]);
        await docker("build", "--quiet", "--network", "host", "--tag", image, ...args, `${root}/api`);
        return image;
      },
      migrate: async (image) => {
        const roles = { DB_USER: "postgres", DB_PASSWORD: passwords.master };
        const app = { DB_APP_USER: "rainbow_app", DB_APP_PASSWORD: passwords.app };
        const options = ["--rm", "--network", "host", ...settings({ ...connection, ...roles, ...app })];
        await docker("run", ...options, image, "node", "dist/migrate.js");
      },
      start: (image, port, { core } = {}) =>
        container(
          [
            ...(core === undefined ? [] : ["--cpuset-cpus", String(core)]),
            ...settings({
              ...connection,
              NODE_ENV: "production",
              LOG_LEVEL: "warn",
              PORT: String(port),
              DB_USER: "rainbow_app",
              DB_PASSWORD: passwords.app,
              REDIS_URL: `redis://127.0.0.1:${redisPort}`,
              JWT_SECRET: "a-secret-of-thirty-two-characters!",
              ML_URL: "http://127.0.0.1:1",
            }),
          ],
          image,
        ),
      stop: async (id) => {
        await docker("stop", "--time", "30", id);
        return Number(await docker("inspect", "--format", "{{.State.ExitCode}}", id));
      },
      memoryOf: async (id) => {
        const [used = ""] = (await docker("stats", "--no-stream", "--format", "{{.MemUsage}}", id)).split(" / ");
        return Number.parseFloat(used) * (used.endsWith("GiB") ? 1024 : used.endsWith("KiB") ? 1 / 1024 : 1);
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function untilConnected(config: pg.ClientConfig): Promise<void> {
  const isConnected = await until(
    async () => {
      const client = new pg.Client(config);
      try {
        await client.connect();
        await client.query("SELECT 1");
        return true;
      } finally {
        await client.end().catch(() => {});
      }
    },
    { seconds: 60 },
  );
  if (!isConnected) throw new Error("PostgreSQL does not answer 60 seconds after its start.");
}
