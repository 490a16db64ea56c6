// A bucket that fails, or returns other data than was stored.
import { describe, expect, it } from "vitest";
import type { Fault, Operation } from "../scripted-s3.ts";
import { isLong, Fixture } from "./fixture.ts";

const fixture = Fixture.set();

describe("a store that fails", () => {
  const transient: Fault[] = ["500", "503", "SlowDown", "reset", "lost"];

  it.each(transient)("once at each kind of call (%s) does not fail the backup", async (fault) => {
    await fixture.earlierBackup();
    const seen = new Set<Operation>();
    fixture.s3.fault = (operation) => {
      if (seen.has(operation)) return undefined;
      seen.add(operation);
      return fault;
    };
    const { error } = await fixture.run();
    expect(error).toBeUndefined();
    expect(fixture.manifests()).toHaveLength(2);
  });

  const fatal: [Fault, string][] = [
    ["500", "STORE_FAILED"],
    ["reset", "STORE_FAILED"],
    ["expired", "CREDENTIALS_EXPIRED"],
    ["denied", "STORE_DENIED"],
  ];
  const operations: Operation[] = ["put", "uploads", "list", "create", "part", "complete", "head", "get"];
  // A response to HEAD has no body, so S3 cannot return the reason.
  const cases = fatal
    .flatMap(([fault, code]) =>
      operations.map(
        (operation) => [fault, operation, fault === "expired" && operation === "head" ? "STORE_FAILED" : code] as const,
      ),
    )
    .filter((_, index) => isLong || index % 3 === 0);

  it.each(cases)(
    "permanently with %s at %s fails the backup, which leaves nothing",
    { timeout: 120_000 },
    async (fault, operation, code) => {
      const before = await fixture.earlierBackup();
      // The lock is read before the calls that fail.
      let isLocked = false;
      fixture.s3.onRequest = (called) => (isLocked ||= called === "uploads");
      fixture.s3.fault = (called) =>
        called === operation && (isLocked || operation === "put" || operation === "uploads") ? fault : undefined;
      const { error } = await fixture.run({ "lock-seconds": "2" });
      expect(error).toMatchObject({ code });
      expect(fixture.manifests()).toHaveLength(1);
      await fixture.expectSafe(before);
    },
  );

  it("that interrupts its responses is read to the end", async () => {
    const before = await fixture.earlierBackup();
    fixture.s3.fault = (operation, key, count) =>
      operation === "get" && key.includes("data.dump") && count < 12 ? "short" : undefined;
    // Each response ends half-way through the rest, so that the download completes in the end.
    expect((await fixture.run()).error).toBeUndefined();
    fixture.expectUntouched(before);
  });
});

describe("two backups at the same time", () => {
  it("wait for each other, or the second fails with LOCKED", async () => {
    const before = await fixture.earlierBackup("large");
    const uploadStarted = Promise.withResolvers<void>();
    fixture.s3.fault = (operation, key, count) =>
      operation === "part" && key.includes("data.dump") && count < 3 ? "SlowDown" : undefined;
    const first = fixture.run({ database: "large", "lock-seconds": "4" });
    fixture.s3.onRequest = (operation) => operation === "create" && uploadStarted.resolve();
    await uploadStarted.promise;
    const second = await fixture.run({ database: "large", "lock-seconds": "4" });
    expect((await first).error).toBeUndefined();
    // The second either found the first alive, or started after its end.
    if (second.error) expect(second.error).toMatchObject({ code: "LOCKED" });
    await fixture.expectSafe(before, "large");
  });
});

describe("a stored backup with a changed bit", () => {
  it("is CORRUPT, whichever bit it is", { timeout: 600_000 }, async () => {
    await fixture.run();
    const key = fixture.s3.keys().find((name) => name.includes("/data.dump"))!;
    const { body } = fixture.s3.objects.get(key)!;
    for (let round = 0; round < (isLong ? 500 : 40); round += 1) {
      const bit = Math.floor(Math.random() * body.length * 8);
      body[bit >> 3]! ^= 1 << (bit & 7);
      const { error } = await fixture.run({ mode: "verify" });
      expect(error, `bit ${bit}`).toMatchObject({ code: "CORRUPT" });
      body[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect((await fixture.run({ mode: "verify" })).error).toBeUndefined();
  });
});
