// How long a backup of a 1 GB database takes, and how much memory, beside the script of the design document, the usual
// pipe into
// `aws s3 cp`, and the floor, pg_dump to nowhere. `npm run bench -- db-backup`; figures go to docs/performance.md.
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

/** About 1 GB on the server: sightings as people write them, documents, and pictures, which do not compress. */
const database = [
  "CREATE TABLE sightings (id bigint PRIMARY KEY, user_id int, place point, at timestamptz, note text)",
  "INSERT INTO sightings SELECT i, i % 5000, point(137.9 + random() / 10, 36.1 + random() / 10), now() - i * interval '1 minute', 'A rainbow over ' || (ARRAY['Shiojiri','Narai','Hirasawa','Sakai'])[1 + i % 4] || ', ' || md5((i % 9973)::text) FROM generate_series(1, 3600000) i",
  "CREATE TABLE documents (id int PRIMARY KEY, body jsonb)",
  "INSERT INTO documents SELECT i, jsonb_build_object('user', i % 5000, 'tags', jsonb_build_array('double', 'bright', i % 7), 'text', repeat(md5((i % 997)::text) || ' ', 8), 'score', random()) FROM generate_series(1, 600000) i",
  "CREATE TABLE pictures (id int PRIMARY KEY, data bytea)",
  "ALTER TABLE pictures ALTER data SET STORAGE EXTERNAL",
  "INSERT INTO pictures SELECT p, string_agg(sha512((p || '-' || i)::text::bytea), ''::bytea) FROM generate_series(1, 1200) p, generate_series(1, 1600) i GROUP BY p",
  "CREATE INDEX ON sightings (user_id, at)",
  "VACUUM ANALYZE",
];

interface Way {
  name: string;
  command: string;
}

const ways: Way[] = [
  { name: "floor: `pg_dump` to /dev/null", command: "pg_dump app >/dev/null" },
  {
    name: "floor: `pg_dump --format=custom --compress=zstd:1` to /dev/null",
    command: "pg_dump --format=custom --compress=zstd:1 app >/dev/null",
  },
  {
    name: "the design document's script: file, `aws s3 cp`, `rm`",
    command:
      "pg_dump app >/seed/backup.sql && aws s3 cp --only-show-errors /seed/backup.sql s3://backups/seed/backup.sql; rm /seed/backup.sql",
  },
  {
    name: "`pg_dump --format=custom` piped into `aws s3 cp`",
    command: "pg_dump --format=custom app | aws s3 cp --only-show-errors - s3://backups/pipe/backup.dump",
  },
];
const ours: Way = { name: "db-backup", command: "node /app/index.js" };

interface Figures {
  seconds: number;
  /** Until the dump had appeared in the bucket. */
  stored: number | undefined;
  /** Of all its processes together, as they are resident. */
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

/** Resident megabytes of all processes of a container, by what the kernel says of each. */
function residentOf(container: string): number {
  let kilobytes = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(container)) continue;
      kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return kilobytes / 1024;
}

async function measure({ command }: Way, container: string, store: Store): Promise<Figures> {
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
    // The clock is the machine's own, inside as outside; the engine's own time to begin does not count.
    const script = `set -o pipefail; echo began $(date +%s%3N); { ${command}; } >&2; code=$?; echo ended $(date +%s%3N); exit $code`;
    const said = await run([
      "docker",
      "exec",
      ...Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      container,
      "bash",
      "-c",
      script,
    ]);
    const at = (word: string) => Number(new RegExp(`${word} (\\d+)`).exec(said)![1]);
    const dump = store.appeared.find(({ appeared }) => /data\.dump|backup\.(sql|dump)/.test(appeared));
    return {
      seconds: (at("ended") - at("began")) / 1000,
      stored: dump && (dump.at - at("began")) / 1000,
      peakMegabytes: peak,
      megabytes: (dump?.bytes ?? 0) / 1e6,
    };
  } finally {
    clearInterval(watching);
  }
}

const row = (name: string, all: Figures[]): string => {
  const of = (pick: (figures: Figures) => number, digits: number) => spread(all.map(pick), digits);
  const stored = all[0]!.stored === undefined ? "" : of(({ stored: seconds }) => seconds!, 1);
  return `| ${name} | ${stored} | ${of(({ seconds }) => seconds, 1)} | ${of(({ peakMegabytes }) => peakMegabytes, 0)} | ${all[0]!.stored === undefined ? "" : median(all.map(({ megabytes }) => megabytes)).toFixed(0)} |`;
};

/**
 * Server and client in containers of their own; the client's can write nowhere but where the design document's script
 * puts its file.
 */
async function withContainers<T>(note: Note, work: (client: string) => Promise<T>): Promise<T> {
  await ensureEngine(note);
  await ensureBaseImages(note);
  note("the image: PostgreSQL 17 and aws");
  await run(["docker", "build", "--quiet", "--network", "host", "--tag", image, "-"], {
    input: `FROM ${postgresImage}\nRUN apt-get update && apt-get install --yes --no-install-recommends awscli\n`,
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
    const psql = (name: string, statement: string) => [
      "docker",
      "exec",
      "--user",
      "postgres",
      names.server,
      "psql",
      "--quiet",
      "--set=ON_ERROR_STOP=1",
      "--dbname",
      name,
      "--command",
      statement,
    ];
    if (!(await until(async () => (await attempt(psql("postgres", "SELECT 1"))).code === 0, { seconds: 60 })))
      throw new Error((await attempt(["docker", "logs", names.server])).stderr);
    await run(psql("postgres", "CREATE DATABASE app"));
    for (const [index, statement] of database.entries()) {
      note(`the database: ${index + 1} of ${database.length}`);
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
      const all = new Map<Way, Figures[]>([...ways, ours].map((way) => [way, []]));
      // Nobody pays for the first reading of the tables.
      await measure(ways[0]!, client, store);
      for (let round = 1; round <= rounds; round += 1) {
        for (const [way, figures] of all) {
          note(`${round} of ${rounds}: ${way.name}`);
          figures.push(await measure(way, client, store));
        }
      }
      const size = Number(
        (
          await run([
            "docker",
            "exec",
            "--user",
            "postgres",
            names.server,
            "psql",
            "--no-align",
            "--tuples-only",
            "--dbname",
            "app",
            "--command",
            "SELECT pg_database_size('app')",
          ])
        ).trim(),
      );
      return [
        `| ${(size / 1e6).toFixed(0)} MB on the server, ${rounds} times each: median (range) | s until it is in the bucket | s until the end | peak MB | MB in the bucket |`,
        "|---|---|---|---|---|",
        ...[...all].map(([way, figures]) => row(way.name, figures)),
      ].join("\n");
    } finally {
      store.stop();
    }
  });
}
