// Complete backups in a scripted S3, for tests of what lists and reads them.
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { readInputs } from "../src/inputs.ts";
import type { CheckInputs, PruneInputs } from "../src/input-types.ts";
import { backupFolder, makeId, type Place } from "../src/storage/layout.ts";
import { prune } from "../src/modes/prune.ts";
import { check } from "../src/modes/check.ts";
import type { Manifest } from "../src/storage/manifest.ts";
import { Store } from "../src/storage/store.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

export class BucketOfBackups {
  static readonly now = Date.parse("2026-11-25T09:00:00Z");
  readonly place: Place = { bucket: "backups", prefix: "database", database: "app" };
  readonly logged: string[] = [];
  readonly clock = simulatedClock(BucketOfBackups.now);
  readonly s3: ScriptedS3;
  readonly store: Store;

  private constructor(s3: ScriptedS3) {
    this.s3 = s3;
    this.store = new Store({
      s3: bucketClient({ pathStyle: true, checksums: true }, s3.client),
      bucket: this.place.bucket,
      kmsKey: undefined,
      clock: this.clock,
      log: (line) => this.logged.push(line),
    });
  }

  static async start(): Promise<BucketOfBackups> {
    return new BucketOfBackups(await ScriptedS3.start());
  }

  /** @param at milliseconds since the epoch. @returns its manifest. */
  add(at: number): Manifest & Required<Pick<Manifest, "globals">> {
    const id = makeId(at, "1-1");
    const folder = backupFolder(this.place, id);
    const manifest: Manifest & Required<Pick<Manifest, "globals">> = {
      schema: "rainbow-backup/1",
      id,
      database: "app",
      snapshotAt: new Date(at).toISOString(),
      server: { version: "17.2", major: 17 },
      client: { version: "17.2" },
      format: "custom",
      compression: "none",
      encryption: { method: "none" },
      object: { key: `${folder}data.dump`, bytes: 1000, sha256: "" },
      globals: { key: `${folder}globals.sql`, bytes: 10, sha256: "" },
      extensions: [],
      rows: { "public.a": 100 },
      databaseBytes: 1,
      durations: {},
      tool: "test",
      verified: { level: "decode", at: "", tables: 1, rows: 100, duration: 1 },
    };
    this.s3.set(manifest.object.key, Buffer.alloc(manifest.object.bytes));
    this.s3.set(manifest.globals.key, Buffer.alloc(manifest.globals.bytes));
    this.s3.set(this.manifestKey(id), JSON.stringify(manifest));
    return manifest;
  }

  manifestKey(id: string): string {
    return `${backupFolder(this.place, id)}manifest.json`;
  }

  /** Gives an object the headers of a storage class. */
  archive(key: string, headers: Record<string, string>): void {
    Object.assign(this.s3.objects.get(key)!, { headers });
  }

  check() {
    return check(this.inputs("check") as CheckInputs, this.store);
  }

  prune(more: Record<string, string> = {}) {
    return prune(this.inputs("prune", more) as PruneInputs, {
      store: this.store,
      log: (line) => this.logged.push(line),
    });
  }

  private inputs(mode: string, more: Record<string, string> = {}) {
    return readInputs((name) => ({ mode, ...this.place, ...more })[name] ?? "", {}).work.inputs;
  }
}
