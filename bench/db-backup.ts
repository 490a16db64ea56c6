// Time and memory of a backup of a 1 GB database, compared with the script of the design document, the usual pipe into
// `aws s3 cp`, and the lower bounds: pg_dump to /dev/null, and piped into curl. `npm run bench -- db-backup`; figures go to
// docs/performance.md.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureBaseImages, postgresImage } from "../infra/local/base-images.ts";
import { ensureEngine } from "../infra/local/engine.ts";
import { root } from "../infra/local/paths.ts";
import { attempt, run, until } from "../infra/local/process.ts";
import { median, spread } from "./figures.ts";

type Note = (text: string) => void;

const rounds = 3;
const image = "rainbow-local/bench-postgres:17";
const names = {
  server: "rainbow-bench-server",
  client: "rainbow-bench-client",
  disk: "rainbow-bench-disk",
  sockets: "rainbow-bench-sockets",
};

/** About 1 GB on the server: short rows of text, JSON documents, and pictures, which are incompressible. */
const database = [
  "CREATE TABLE sightings (id bigint PRIMARY KEY, user_id int, place point, at timestamptz, note text)",
  `INSERT INTO sightings SELECT i, i % 5000, point(137.9 + random() / 10, 36.1 + random() / 10),
     now() - i * interval '1 minute',
     'A rainbow over ' || (ARRAY['Shiojiri','Narai','Hirasawa','Sakai'])[1 + i % 4] || ', ' || md5((i % 9973)::text)
     FROM generate_series(1, 3600000) i`,
  "CREATE TABLE documents (id int PRIMARY KEY, body jsonb)",
  `INSERT INTO documents SELECT i, jsonb_build_object(
     'user', i % 5000, 'tags', jsonb_build_array('double', 'bright', i % 7),
     'text', repeat(md5((i % 997)::text) || ' ', 8), 'score', random())
     FROM generate_series(1, 600000) i`,
  "CREATE TABLE pictures (id int PRIMARY KEY, data bytea)",
  "ALTER TABLE pictures ALTER data SET STORAGE EXTERNAL",
  `INSERT INTO pictures SELECT p, string_agg(sha512((p || '-' || i)::text::bytea), ''::bytea)
     FROM generate_series(1, 1200) p, generate_series(1, 1600) i GROUP BY p`,
  "CREATE INDEX ON sightings (user_id, at)",
  "VACUUM ANALYZE",
];

interface Method {
  name: string;
  command: string;
}

const others: Method[] = [
  { name: "lower bound: `pg_dump` to /dev/null", command: "pg_dump app >/dev/null" },
  {
    name: "lower bound: `pg_dump --format=custom --compress=zstd:1` to /dev/null",
    command: "pg_dump --format=custom --compress=zstd:1 app >/dev/null",
  },
  {
    // What db-backup cannot do without: the same dump, sent to the same store, whose processor time counts, too.
    name: "lower bound: `pg_dump --format=custom --compress=zstd:1` piped into `curl`",
    command:
      "pg_dump --format=custom --compress=zstd:1 app | " +
      'curl --silent --show-error --fail --upload-file - "$AWS_ENDPOINT_URL/backups/curl/backup.dump"',
  },
  {
    name: "script: dump to a file, `aws s3 cp`, `rm`",
    command:
      "pg_dump app >/seed/backup.sql && " +
      "aws s3 cp --only-show-errors /seed/backup.sql s3://backups/seed/backup.sql && rm /seed/backup.sql",
  },
  {
    name: "`pg_dump --format=custom` piped into `aws s3 cp`",
    command: "pg_dump --format=custom app | aws s3 cp --only-show-errors - s3://backups/pipe/backup.dump",
  },
];
const dbBackup: Method = { name: "db-backup", command: "node /app/index.js" };

interface Measurement {
  seconds: number;
  /** Seconds until the dump appeared in the bucket; undefined if nothing is stored. */
  stored: number | undefined;
  /** Resident memory of all processes together. */
  peakMegabytes: number;
  megabytes: number;
}

class Store {
  readonly endpoint: string;
  readonly appeared: { appeared: string; at: number; bytes: number }[] = [];
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, endpoint: string) {
    this.child = child;
    this.endpoint = endpoint;
    child.on(
      "message",
      (message: { appeared?: string; at: number; bytes: number }) =>
        message.appeared !== undefined && this.appeared.push({ ...message, appeared: message.appeared }),
    );
  }

  static async start(): Promise<Store> {
    const child = fork(join(root, "bench/store.ts"));
    const [{ endpoint }] = (await once(child, "message")) as [{ endpoint: string }];
    return new Store(child, endpoint);
  }

  async clear(): Promise<void> {
    this.child.send("clear");
    await once(this.child, "message");
    this.appeared.length = 0;
  }

  stop(): void {
    this.child.disconnect();
  }
}

/** Resident memory of all processes of a container, in MB, from /proc. */
function residentOf(container: string): number {
  let kilobytes = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(container)) continue;
      kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // The process has ended in the meantime.
    }
  }
  return kilobytes / 1024;
}

async function measure({ command }: Method, container: string, store: Store): Promise<Measurement> {
  await store.clear();
  const settings = {
    PGHOST: "/sockets",
    PGUSER: "postgres",
    AWS_ENDPOINT_URL: store.endpoint,
    AWS_REGION: "ap-northeast-1",
    AWS_DEFAULT_REGION: "ap-northeast-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: "/nowhere",
    INPUT_BUCKET: "backups",
    INPUT_DATABASE: "app",
    "INPUT_SSL-MODE": "disable",
    INPUT_USER: "postgres",
    "INPUT_PATH-STYLE": "true",
  };
  const idle = residentOf(container);
  let peak = 0;
  const watching = setInterval(() => (peak = Math.max(peak, residentOf(container) - idle)), 50);
  try {
    // Timed inside the container, which has the same clock, so that the startup of docker exec does not count.
    const script = [
      "set -o pipefail",
      "echo began $(date +%s%3N)",
      `{ ${command}; } >&2`,
      "code=$?",
      "echo ended $(date +%s%3N)",
      "exit $code",
    ].join("; ");
    const output = await run([
      "docker",
      "exec",
      ...Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      container,
      "bash",
      "-c",
      script,
    ]);
    const [, began, ended] = (/began (\d+)\nended (\d+)/.exec(output) ?? []).map(Number);
    if (began === undefined || ended === undefined) throw new Error(`no times in the output: ${output}`);
    const dump = store.appeared.find(({ appeared }) => /data\.dump|backup\.(sql|dump)/.test(appeared));
    return {
      seconds: (ended - began) / 1000,
      stored: dump && (dump.at - began) / 1000,
      peakMegabytes: peak,
      megabytes: (dump?.bytes ?? 0) / 1e6,
    };
  } finally {
    clearInterval(watching);
  }
}

function row(name: string, all: Measurement[]): string {
  const stored = all.flatMap((measurement) => measurement.stored ?? []);
  if (stored.length > 0 && stored.length < all.length) throw new Error(`${name}: not every run stored the dump`);
  const summarize = (pick: (measurement: Measurement) => number, digits: number) => spread(all.map(pick), digits);
  const cells = [
    stored.length === 0 ? "" : spread(stored, 1),
    summarize(({ seconds }) => seconds, 1),
    summarize(({ peakMegabytes }) => peakMegabytes, 0),
    stored.length === 0 ? "" : median(all.map(({ megabytes }) => megabytes)).toFixed(0),
  ];
  return `| ${[name, ...cells].join(" | ")} |`;
}

/** Runs SQL in the server's container, without a header or alignment. */
const psql = (name: string, statement: string): string[] =>
  ["docker", "exec", "--user", "postgres", names.server, "psql", "--quiet", "--no-align", "--tuples-only"].concat(
    "--set=ON_ERROR_STOP=1",
    "--dbname",
    name,
    "--command",
    statement,
  );

/** Server and client in separate containers; the client's file system is read-only, except the folder of the script. */
async function withContainers<T>(note: Note, work: (client: string) => Promise<T>): Promise<T> {
  await ensureEngine(note);
  await ensureBaseImages(note);
  note("image with PostgreSQL 17 and the AWS CLI");
  await run(["docker", "build", "--quiet", "--network", "host", "--tag", image, "-"], {
    input: `FROM ${postgresImage}\nRUN apt-get update && apt-get install --yes --no-install-recommends awscli curl\n`,
  });
  const removeAll = async () => {
    await attempt(["docker", "rm", "--force", "--volumes", names.server, names.client]);
    await attempt(["docker", "volume", "rm", "--force", names.disk, names.sockets]);
  };
  await removeAll();
  try {
    await run([
      "docker",
      "run",
      "--detach",
      "--name",
      names.server,
      "--network",
      "none",
      "--shm-size",
      "512m",
      "--env",
      "POSTGRES_HOST_AUTH_METHOD=trust",
      "--env",
      "POSTGRES_PASSWORD=bench",
      "--volume",
      `${names.sockets}:/var/run/postgresql`,
      image,
      "postgres",
      "-c",
      "shared_buffers=256MB",
      "-c",
      "max_wal_size=4GB",
    ]);
    if (!(await until(async () => (await attempt(psql("postgres", "SELECT 1"))).code === 0, { seconds: 60 })))
      throw new Error((await attempt(["docker", "logs", names.server])).stderr);
    await run(psql("postgres", "CREATE DATABASE app"));
    for (const [index, statement] of database.entries()) {
      note(`database: statement ${index + 1} of ${database.length}`);
      await run(psql("app", statement));
    }
    const client = await run([
      "docker",
      "run",
      "--detach",
      "--name",
      names.client,
      "--network",
      "host",
      "--read-only",
      "--volume",
      `${names.sockets}:/sockets`,
      "--volume",
      `${names.disk}:/seed`,
      "--volume",
      `${join(root, "actions/db-backup/dist")}:/app:ro`,
      "--volume",
      `${dirname(process.execPath)}/node:/usr/local/bin/node:ro`,
      "--entrypoint",
      "sleep",
      image,
      "infinity",
    ]);
    return await work(client.trim());
  } finally {
    await removeAll();
  }
}

export function benchDbBackup(note: Note): Promise<string> {
  return withContainers(note, async (client) => {
    const store = await Store.start();
    try {
      const measurements = new Map<Method, Measurement[]>([...others, dbBackup].map((method) => [method, []]));
      // A run that is not counted, so that no method has to read the tables from a cold cache.
      for (const method of others.slice(0, 1)) await measure(method, client, store);
      for (let round = 1; round <= rounds; round += 1) {
        for (const [method, all] of measurements) {
          note(`round ${round} of ${rounds}: ${method.name}`);
          all.push(await measure(method, client, store));
        }
      }
      const size = Number(await run(psql("app", "SELECT pg_database_size('app')")));
      return [
        `| ${(size / 1e6).toFixed(0)} MB on the server, ${rounds} runs each: median (range) | ` +
          "Seconds until stored | Seconds until the end | Peak memory, MB | Stored, MB |",
        "|---|---|---|---|---|",
        ...[...measurements].map(([method, all]) => row(method.name, all)),
      ].join("\n");
    } finally {
      store.stop();
    }
  });
}
