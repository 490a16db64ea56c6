import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import type { Place } from "./storage/layout.ts";
import type { Connection } from "./postgres/connection.ts";
import type { Kept } from "./storage/retention.ts";

export const modes = ["backup", "verify", "restore", "prune", "check", "snapshot"] as const;
export type Mode = (typeof modes)[number];

export interface Common {
  place: Place;
  kmsKey: string | undefined;
  /** For stores that know no names of buckets in their host names. */
  pathStyle: boolean;
  checksums: boolean;
  timeoutMinutes: number;
  /** Namespace of the metrics; undefined: none are sent. */
  metrics: string | undefined;
  /** age's private key, where a backup is encrypted. */
  identity: string | undefined;
}

/** How far a backup is proven: every byte and row, or a restore. */
export interface Proof {
  level: "decode" | "restore";
  /** SQL, each of which must answer true in what was restored. */
  assertions: string[];
}

export interface BackupInputs extends Common, Proof {
  connection: Connection;
  format: "custom" | "plain";
  /** age's public keys; none: no encryption of our own. */
  recipients: string[];
  allowEmpty: boolean;
  /** How long a table may be locked by others before the dump gives up. */
  lockTimeoutSeconds: number;
  /** How long the lock of a backup holds without a sign of life. */
  lockSeconds: number;
  maxParts: number;
}

export interface ReadInputs extends Common {
  /** "latest", an id, or a key. */
  backup: string;
  /** Milliseconds since the epoch: the newest backup of no later. */
  before: number | undefined;
}

export interface VerifyInputs extends ReadInputs, Proof {}

export interface RestoreInputs extends ReadInputs {
  /** SQL, each of which must answer true afterwards. */
  assertions: string[];
  /** Its database is the target. */
  connection: Connection;
  confirm: string;
  /** Owners and privileges as they were; the roles must be there. */
  owners: boolean;
}

export interface PruneInputs extends Common {
  kept: Kept;
  maxDelete: number;
  dryRun: boolean;
}

export interface CheckInputs extends Common {
  maxAgeHours: number;
  maxShrinkPercent: number;
}

export interface SnapshotInputs {
  instance: string;
  timeoutMinutes: number;
}

/** Where the work is done inside a VPC. */
export interface Remote {
  cluster: string;
  taskDefinition: string;
  container: string;
  /** A task definition whose container of that name has the image to use; undefined: it is the definition's own. */
  imageFrom: string | undefined;
  /** Whose network the task takes; or subnets and security groups. */
  service: string | undefined;
  subnets: string[];
  securityGroups: string[];
  timeoutMinutes: number;
  /** What the task is asked to do: inputs that are no secrets. */
  asked: Record<string, string>;
}

export type Work =
  | { mode: "backup"; inputs: BackupInputs }
  | { mode: "verify"; inputs: VerifyInputs }
  | { mode: "restore"; inputs: RestoreInputs }
  | { mode: "prune"; inputs: PruneInputs }
  | { mode: "check"; inputs: CheckInputs }
  | { mode: "snapshot"; inputs: SnapshotInputs };

export interface Inputs {
  work: Work;
  /** undefined: it is done here. */
  remote: Remote | undefined;
}

/** Inputs that go along to the task as they are. The way to the database, and secrets, are in its definition. */
const forwardedInputs = [
  "mode",
  "bucket",
  "prefix",
  "database",
  "kms-key",
  "path-style",
  "checksums",
  "timeout-minutes",
  "metrics",
  "format",
  "recipients",
  "allow-empty",
  "lock-timeout",
  "lock-seconds",
  "max-parts",
  "backup",
  "before",
  "assertions",
  "level",
  "to-database",
  "confirm",
  "owners",
];

/** @param rdsCertificates file with the authorities of RDS, for servers there. */
export function readInputs(source: InputSource, environment = process.env, rdsCertificates?: string): Inputs {
  const read = new InputReader(source);
  const mode = read.choice("mode", modes, "backup");
  const network = read.choice("network", ["direct", "ecs"] as const, "direct");
  const remote = network === "ecs" ? readRemote(read, source) : undefined;
  if (remote && !["backup", "verify", "restore"].includes(mode))
    read.problem(`network: ${mode} needs no way to the database and runs here; leave network out`);
  const work = readWork(mode, new Reader(read, { environment, rdsCertificates, isRemote: remote !== undefined }));
  read.finish();
  return { work, remote };
}

function readRemote(read: InputReader, source: InputSource): Remote {
  const remote: Remote = {
    cluster: read.optional("cluster") ?? "default",
    taskDefinition: read.required("task-definition", "rainbow-seeker-backup"),
    container: read.optional("container") ?? "backup",
    imageFrom: read.optional("image-from"),
    service: read.optional("service"),
    subnets: read.names("subnets"),
    securityGroups: read.names("security-groups"),
    timeoutMinutes: read.number("timeout-minutes", 120, { min: 1, max: 720, unit: "minutes" }),
    asked: Object.fromEntries(
      forwardedInputs.map((name) => [name, source(name)] as const).filter(([, value]) => value.trim() !== ""),
    ),
  };
  if (remote.service === undefined && remote.subnets.length === 0)
    read.problem(
      "service: with network: ecs the task needs a network: that of a service, or subnets and security-groups",
    );
  for (const name of ["password", "identity"])
    if (source(name).trim() !== "")
      read.problem(
        `${name}: cannot go along to a task, whose settings anybody may read; put it into the task definition's secrets`,
      );
  return remote;
}

function readWork(mode: Mode, reader: Reader): Work {
  switch (mode) {
    case "backup":
      return { mode, inputs: reader.backup() };
    case "verify":
      return { mode, inputs: reader.verify() };
    case "restore":
      return { mode, inputs: reader.restore() };
    case "prune":
      return { mode, inputs: reader.prune() };
    case "check":
      return { mode, inputs: reader.check() };
    case "snapshot":
      return { mode, inputs: reader.snapshot() };
  }
}

interface RuntimeEnvironment {
  environment: NodeJS.ProcessEnv;
  rdsCertificates: string | undefined;
  isRemote: boolean;
}

class Reader {
  private readonly read: InputReader;
  private readonly runtime: RuntimeEnvironment;

  constructor(read: InputReader, environment: RuntimeEnvironment) {
    this.read = read;
    this.runtime = environment;
  }

  backup(): BackupInputs {
    const { read } = this;
    const recipients = read.lines("recipients");
    for (const recipient of recipients)
      if (!/^age1[a-z0-9]{50,}$/.test(recipient))
        read.problem(`recipients: "${recipient}" is no public key of age (age1…)`);
    const common = this.common();
    return {
      ...common,
      ...this.proof(),
      connection: this.connection(common.place.database),
      format: read.choice("format", ["custom", "plain"] as const, "custom"),
      recipients,
      allowEmpty: read.boolean("allow-empty", false),
      lockTimeoutSeconds: read.number("lock-timeout", 60, { min: 1, max: 3600, unit: "seconds" }),
      lockSeconds: read.whole("lock-seconds", 180, { min: 2, max: 3600 }),
      maxParts: read.whole("max-parts", 10_000, { min: 10, max: 10_000 }),
    };
  }

  verify(): VerifyInputs {
    return { ...this.reading(), ...this.proof() };
  }

  restore(): RestoreInputs {
    const { read } = this;
    return {
      ...this.reading(),
      connection: this.connection(read.required("to-database", "shiojiri_rainbow_restored")),
      confirm: read.optional("confirm") ?? "",
      owners: read.boolean("owners", true),
      assertions: read.lines("assertions"),
    };
  }

  prune(): PruneInputs {
    const { read } = this;
    const count = (name: string, fallback: number) => read.whole(name, fallback, { min: 0, max: 1000 });
    const kept = {
      newest: count("keep-newest", 3),
      daily: count("keep-daily", 7),
      weekly: count("keep-weekly", 4),
      monthly: count("keep-monthly", 6),
    };
    if (kept.newest === 0) read.problem("keep-newest: must be at least 1: the newest good backup always stays");
    return {
      ...this.common(),
      kept,
      maxDelete: read.whole("max-delete", 10, { min: 1, max: 1000 }),
      dryRun: read.boolean("dry-run", false),
    };
  }

  check(): CheckInputs {
    const { read } = this;
    return {
      ...this.common(),
      maxAgeHours: read.number("max-age-hours", 26, { min: 0.1, max: 10_000, unit: "hours" }),
      maxShrinkPercent: read.number("max-shrink-percent", 30, { min: 0, max: 100, unit: "percent" }),
    };
  }

  snapshot(): SnapshotInputs {
    return { instance: this.read.required("instance", "rainbow-seeker-db"), timeoutMinutes: this.minutes() };
  }

  private minutes(): number {
    return this.read.number("timeout-minutes", 120, { min: 1, max: 720, unit: "minutes" });
  }

  private common(): Common {
    const { read } = this;
    const prefix = (read.optional("prefix") ?? "database").replaceAll(/^\/+|\/+$/g, "");
    if (!/^[\w!.*'()/-]+$/.test(prefix)) read.problem(`prefix: must be a path such as database, not "${prefix}"`);
    return {
      place: {
        bucket: read.required("bucket", "rainbow-seeker-backups"),
        prefix,
        database: this.setting("database", "PGDATABASE") ?? read.required("database", "shiojiri_rainbow"),
      },
      kmsKey: read.optional("kms-key"),
      pathStyle: read.boolean("path-style", false),
      checksums: read.boolean("checksums", true),
      timeoutMinutes: this.minutes(),
      metrics: read.optional("metrics"),
      identity: this.setting("identity", "AGE_IDENTITY"),
    };
  }

  private reading(): ReadInputs {
    const { read } = this;
    const before = read.optional("before");
    // A time without its zone would be the runner's, whatever that is.
    if (before !== undefined && (Number.isNaN(Date.parse(before)) || !/(Z|[+-]\d{2}:?\d{2})$/.test(before)))
      read.problem(`before: must be a time with its zone, such as 2026-11-25T02:00:00+09:00, not "${before}"`);
    return {
      ...this.common(),
      backup: read.optional("backup") ?? "latest",
      before: before === undefined ? undefined : Date.parse(before),
    };
  }

  private proof(): Proof {
    const { read } = this;
    const proof: Proof = {
      level: read.choice("level", ["decode", "restore"] as const, "decode"),
      assertions: read.lines("assertions"),
    };
    if (proof.level === "decode" && proof.assertions.length > 0)
      read.problem("assertions: are asked of a restored database; set level: restore");
    return proof;
  }

  /** From the inputs, else from where PostgreSQL's own programs take it. */
  private connection(database: string): Connection {
    const { read } = this;
    const { isRemote, rdsCertificates } = this.runtime;
    const host = this.setting("host", "PGHOST");
    if (host === undefined && !isRemote)
      read.required("host", "rainbow-seeker-db.xxxx.ap-northeast-1.rds.amazonaws.com");
    const port = Number(this.setting("port", "PGPORT") ?? "5432");
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      read.problem("port: must be a whole number from 1 to 65535");
    const sslMode = this.setting("ssl-mode", "PGSSLMODE") ?? "verify-full";
    const sslModes = ["disable", "require", "verify-ca", "verify-full"] as const;
    if (!sslModes.some((mode) => mode === sslMode))
      read.problem(`ssl-mode: must be ${sslModes.join(", ")}, not "${sslMode}"`);
    return {
      host: host ?? "",
      port,
      database,
      user: this.setting("user", "PGUSER") ?? "rainbow_backup",
      password: this.setting("password", "PGPASSWORD"),
      sslMode: sslMode as Connection["sslMode"],
      sslRootCert:
        this.setting("ssl-root-cert", "PGSSLROOTCERT") ??
        (host?.endsWith(".rds.amazonaws.com") ? rdsCertificates : undefined),
    };
  }

  private setting(
    input: "host" | "port" | "user" | "password" | "database" | "ssl-mode" | "ssl-root-cert" | "identity",
    variable: string,
  ): string | undefined {
    return this.read.optional(input) ?? (this.runtime.environment[variable] || undefined);
  }
}
