// Shared by the fault-injection tests: a server with data, a bucket for each test, and what must hold after every
// fault.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { ScriptedS3 } from "../scripted-s3.ts";
import { dbBackup, dbBackupProcess, Server, type RunOptions, type RunResult } from "./server.ts";

/** Full counts, for `npm run test:long`. */
export const isLong = process.env["RAINBOW_LONG"] === "1";

type Bucket = Map<string, string>;

/** Databases `app` (2,000 rows) and `large` (more than fits into a pipe or a part), a role `reader`, a bucket. */
export class Fixture {
  server!: Server;
  s3!: ScriptedS3;

  static set(): Fixture {
    const fixture = new Fixture();
    beforeAll(async () => {
      fixture.server = await Server.start();
      await fixture.server.sql(
        "postgres",
        "CREATE DATABASE app",
        "CREATE DATABASE large",
        "CREATE ROLE reader LOGIN PASSWORD 'reader-password'",
      );
      await fixture.server.sql(
        "app",
        "CREATE TABLE users (id int PRIMARY KEY, name text)",
        "INSERT INTO users SELECT i, md5(i::text) FROM generate_series(1, 2000) i",
        "GRANT SELECT ON users TO reader",
      );
      // Incompressible data.
      await fixture.server.sql(
        "large",
        "CREATE TABLE noise (data bytea)",
        `INSERT INTO noise SELECT string_agg(decode(md5(i::text || j::text) || md5(j::text), 'hex'), '')
           FROM generate_series(1, 40) i, generate_series(1, 20000) j GROUP BY i`,
      );
    });
    afterAll(() => fixture.server?.stop());
    beforeEach(() => fixture.newBucket());
    afterEach(() => fixture.s3.stop());
    return fixture;
  }

  async newBucket(): Promise<void> {
    await this.s3?.stop();
    this.s3 = await ScriptedS3.start();
  }

  run(inputs: Record<string, string> = {}, more: RunOptions = {}): Promise<RunResult> {
    return dbBackup(this.s3, this.server.inputs(inputs), more);
  }

  process(
    name: string,
    inputs: Record<string, string> = {},
    environment: Record<string, string> = {},
  ): ReturnType<typeof dbBackupProcess> {
    return dbBackupProcess(this.s3, this.server.inputs(inputs), name, environment);
  }

  bucket(): Bucket {
    return new Map(
      [...this.s3.objects]
        .filter(([key]) => !key.endsWith("lock.json"))
        .map(([key, { body, etag }]) => [key, `${body.length} ${etag}`]),
    );
  }

  manifests(): string[] {
    return this.s3.keys("/manifest.json");
  }

  /** Makes a backup before the fault, so that there is something to lose. @returns the bucket with it. */
  async earlierBackup(database = "app"): Promise<Bucket> {
    expect((await this.run({ database })).error).toBeUndefined();
    return this.bucket();
  }

  expectUntouched(before: Bucket): void {
    for (const [key, object] of before) expect(this.bucket().get(key), key).toBe(object);
  }

  /** Earlier objects are unchanged, every backup with a manifest verifies, and the next run succeeds and cleans up. */
  async expectSafe(before: Bucket, database = "app"): Promise<void> {
    this.expectUntouched(before);
    this.s3.fault = () => undefined;
    this.s3.onRequest = () => undefined;
    await this.expectAllVerify(database);
    const next = await this.run({ database, "lock-seconds": "2" });
    expect(next.error).toBeUndefined();
    expect(this.s3.uploads.size).toBe(0);
  }

  async expectAllVerify(database: string): Promise<void> {
    for (const key of this.manifests())
      expect((await this.run({ mode: "verify", database, backup: key })).error, key).toBeUndefined();
  }

  /** Code, next step and last good backup are in the message; no new manifest, no incomplete upload. */
  expectFailure(result: RunResult, before: Bucket, code: string): void {
    expect(result.error).toMatchObject({ code });
    expect(result.error!.message).toMatch(/^\[[A-Z_]+\] [\s\S]*\nNext: [\s\S]*Last good backup: backup_/);
    expect(result.outputs).toEqual({ "error-code": code });
    expect(this.manifests()).toEqual([...before.keys()].filter((key) => key.endsWith("/manifest.json")));
    expect(this.s3.uploads.size).toBe(0);
  }
}
