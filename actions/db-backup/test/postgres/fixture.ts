// What each file of faults begins with: a server with something in it, a bucket for each test, and what must hold after
// every fault.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { ScriptedS3 } from "../scripted-s3.ts";
import { dbBackup, dbBackupProcess, Server, type Ended } from "./server.ts";

/** Full counts come with `npm run test:long`. */
export const isLong = process.env["RAINBOW_LONG"] === "1";

type Bucket = Map<string, string>;

/**
 * Databases `app` (2,000 rows) and `large` (more than pipes and parts hold), a role `reader` of `app`, and an empty
 * bucket.
 */
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
      // Nothing that compresses.
      await fixture.server.sql(
        "large",
        "CREATE TABLE noise (data bytea)",
        "INSERT INTO noise SELECT string_agg(decode(md5(i::text || j::text) || md5(j::text), 'hex'), '') FROM generate_series(1, 40) i, generate_series(1, 20000) j GROUP BY i",
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

  run(inputs: Record<string, string> = {}): Promise<Ended> {
    return dbBackup(this.s3, this.server.inputs(inputs));
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

  /** A backup that was there before, so that there is something to lose. */
  async earlier(database = "app"): Promise<Bucket> {
    expect((await this.run({ database })).error).toBeUndefined();
    return this.bucket();
  }

  expectUntouched(before: Bucket): void {
    for (const [key, what] of before) expect(this.bucket().get(key), key).toBe(what);
  }

  /**
   * Nothing that was there has changed; what is new and has a manifest is whole; and the next run is good and clears
   * away.
   */
  async expectSafe(before: Bucket, database = "app"): Promise<void> {
    this.expectUntouched(before);
    this.s3.fault = () => undefined;
    this.s3.onRequest = () => undefined;
    await this.expectAllGood(database);
    const next = await this.run({ database, "lock-seconds": "2" });
    expect(next.error).toBeUndefined();
    expect(this.s3.uploads.size).toBe(0);
  }

  async expectAllGood(database: string): Promise<void> {
    for (const key of this.manifests())
      expect((await this.run({ mode: "verify", database, backup: key })).error, key).toBeUndefined();
  }

  /** Its code, its next step, what there is instead; and no new manifest, nothing half-sent. */
  expectFailure(ended: Ended, before: Bucket, code: string): void {
    expect(ended.error).toMatchObject({ code });
    expect(ended.error!.message).toMatch(/^\[[A-Z_]+\] [\s\S]*\n {2}Next: [\s\S]*Last good backup: backup_/);
    expect(ended.outputs).toEqual({});
    expect(this.manifests()).toEqual([...before.keys()].filter((key) => key.endsWith("/manifest.json")));
    expect(this.s3.uploads.size).toBe(0);
  }
}
