import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import {
  modes,
  type BackupInputs,
  type BackupSelection,
  type CheckInputs,
  type Common,
  type CopyBackInputs,
  type DatabaseChange,
  type Inputs,
  type Mode,
  type ProtectInputs,
  type PruneInputs,
  type RestoreInputs,
  type SnapshotInputs,
  type SwapInputs,
  type VerificationOptions,
  type VerifyInputs,
  type Work,
} from "./input-types.ts";
import { sslModes, type Connection } from "./postgres/connection.ts";
import { bundledCertificates } from "./postgres/rds-certificates.ts";
import { readRemote, readTimeout } from "./remote-inputs.ts";

const transactionChoices = { auto: "auto", true: true, false: false } as const;

/** @param rdsCertificates file with the CA certificates of RDS, for RDS hosts. */
export function readInputs(source: InputSource, environment = process.env, rdsCertificates?: string): Inputs {
  const read = new InputReader(source);
  const mode = read.choice("mode", modes, "backup");
  const network = read.choice("network", ["direct", "ecs"] as const, "direct");
  const remote = network === "ecs" ? readRemote(read, source) : undefined;
  if (remote && !["backup", "verify", "restore", "swap", "copy-back", "protect", "release"].includes(mode))
    read.problem(`network: ${mode} does not connect to the database and runs here; omit network`);
  const work = readWork(
    mode,
    new ModeInputReader(read, { environment, rdsCertificates, isRemote: remote !== undefined }),
  );
  // The task does not know who has started this run.
  if (remote && "by" in work.inputs) remote.forwarded["by"] = work.inputs.by;
  read.finish();
  return { work, remote };
}

function readWork(mode: Mode, reader: ModeInputReader): Work {
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
    case "swap":
      return { mode, inputs: reader.swap() };
    case "copy-back":
      return { mode, inputs: reader.copyBack() };
    case "protect":
    case "release":
      return { mode, inputs: reader.protect() };
  }
}

interface RuntimeEnvironment {
  environment: NodeJS.ProcessEnv;
  rdsCertificates: string | undefined;
  isRemote: boolean;
}

class ModeInputReader {
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
        read.problem(`recipients: "${recipient}" is not an age public key (age1…)`);
    const common = this.common();
    return {
      ...common,
      ...this.verification(),
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
    return { ...this.selection(), ...this.verification() };
  }

  restore(): RestoreInputs {
    const { read } = this;
    return {
      ...this.selection(),
      connection: this.connection(read.required("to-database", "shiojiri_rainbow_restored")),
      confirm: read.optional("confirm") ?? "",
      owners: read.boolean("owners", true),
      acceptUnproven: read.boolean("accept-unproven", false),
      singleTransaction: transactionChoices[read.choice("single-transaction", ["auto", "true", "false"], "auto")],
      createRoles: read.boolean("create-roles", false),
      assertions: read.lines("assertions"),
    };
  }

  prune(): PruneInputs {
    const { read } = this;
    const count = (name: string, fallback: number) => read.whole(name, fallback, { min: 0, max: 1000 });
    const rules = {
      newest: count("keep-newest", 3),
      daily: count("keep-daily", 7),
      weekly: count("keep-weekly", 4),
      monthly: count("keep-monthly", 6),
    };
    if (rules.newest === 0) read.problem("keep-newest: must be at least 1: the newest good backup is always kept");
    return {
      ...this.common(),
      rules,
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
    return { instance: this.read.required("instance", "rainbow-seeker-db"), timeoutMinutes: readTimeout(this.read) };
  }

  swap(): SwapInputs {
    const change = this.change();
    // A name has 63 bytes (documentation of PostgreSQL, "Identifiers"); this much of the old one tells what it was.
    const kept = `${change.connection.database.slice(0, 30)}_before_swap`;
    return { ...change, keepAs: this.read.optional("keep-as") ?? kept };
  }

  copyBack(): CopyBackInputs {
    const text = this.read.required("tables", "public.orders");
    // A quoted name may contain a comma.
    const tables = (text.match(/(?:"(?:[^"]|"")*"|[^",\n])+/g) ?? []).map((name) => name.trim()).filter(Boolean);
    return { ...this.change(), tables, dryRun: this.read.boolean("dry-run", false) };
  }

  protect(): ProtectInputs {
    const { read } = this;
    const { GITHUB_ACTOR, USER } = this.runtime.environment;
    return {
      connection: this.connection(this.database()),
      role: read.required("role", "rainbow_app"),
      reason: read.required("reason", '"rows were overwritten"'),
      by: read.optional("by") ?? (GITHUB_ACTOR || USER || "unknown"),
      confirm: read.optional("confirm") ?? "",
      timeoutMinutes: readTimeout(read),
    };
  }

  private change(): DatabaseChange {
    const { read } = this;
    return {
      connection: this.connection(this.database()),
      from: read.required("from-database", "shiojiri_rainbow_restored"),
      confirm: read.optional("confirm") ?? "",
      timeoutMinutes: readTimeout(read),
    };
  }

  private database(): string {
    return this.setting("database", "PGDATABASE") ?? this.read.required("database", "shiojiri_rainbow");
  }

  private common(): Common {
    const { read } = this;
    const prefix = (read.optional("prefix") ?? "database").replaceAll(/^\/+|\/+$/g, "");
    if (!/^[\w!.*'()/-]+$/.test(prefix)) read.problem(`prefix: must be a path, for example database, not "${prefix}"`);
    return {
      place: {
        bucket: read.required("bucket", "rainbow-seeker-backups"),
        prefix,
        database: this.database(),
      },
      kmsKey: read.optional("kms-key"),
      pathStyle: read.boolean("path-style", false),
      checksums: read.boolean("checksums", true),
      conditionalWrites: read.boolean("conditional-writes", true),
      partBytes: this.partBytes(),
      timeoutMinutes: readTimeout(this.read),
      metrics: read.optional("metrics"),
      identity: this.setting("identity", "AGE_IDENTITY"),
    };
  }

  private partBytes(): number | undefined {
    // What S3 takes at least, and the most that the parts of other uploads grow to.
    const mebibytes = this.read.whole("part-size", undefined, { min: 5, max: 4096 });
    return mebibytes === undefined ? undefined : mebibytes * 1024 * 1024;
  }

  private selection(): BackupSelection {
    const { read } = this;
    const before = read.optional("before");
    // A time without a time zone would depend on the runner's.
    if (before !== undefined && (Number.isNaN(Date.parse(before)) || !/(Z|[+-]\d{2}:?\d{2})$/.test(before)))
      read.problem(`before: must be a time with a time zone, for example 2026-11-25T02:00:00+09:00, not "${before}"`);
    return {
      ...this.common(),
      backup: read.optional("backup") ?? "latest",
      before: before === undefined ? undefined : Date.parse(before),
    };
  }

  private verification(): VerificationOptions {
    const { read } = this;
    const options: VerificationOptions = {
      level: read.choice("level", ["decode", "restore"] as const, "decode"),
      assertions: read.lines("assertions"),
    };
    if (options.level === "decode" && options.assertions.length > 0)
      read.problem("assertions: are evaluated in a restored database; set level: restore");
    return options;
  }

  /** From the inputs, otherwise from the environment variables of libpq. */
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
    if (!sslModes.some((mode) => mode === sslMode))
      read.problem(`ssl-mode: must be ${sslModes.join(", ")}, not "${sslMode}"`);
    const ownRootCert = this.setting("ssl-root-cert", "PGSSLROOTCERT");
    const bundled = bundledCertificates(host ?? "", rdsCertificates);
    if (bundled.problem !== undefined && ownRootCert === undefined && sslMode.startsWith("verify-"))
      read.problem(`ssl-root-cert: ${bundled.problem}`);
    return {
      host: host ?? "",
      port,
      database,
      user: this.setting("user", "PGUSER") ?? "rainbow_backup",
      password: this.setting("password", "PGPASSWORD"),
      sslMode: sslMode as Connection["sslMode"],
      sslRootCert: ownRootCert ?? bundled.file,
      patience: {
        seconds: read.number("connect-timeout", 30, { min: 1, max: 600, unit: "seconds" }),
        retries: read.whole("connect-retries", 3, { min: 0, max: 20 }),
      },
    };
  }

  private setting(
    input: "host" | "port" | "user" | "password" | "database" | "ssl-mode" | "ssl-root-cert" | "identity",
    variable: string,
  ): string | undefined {
    return this.read.optional(input) ?? (this.runtime.environment[variable] || undefined);
  }
}
