// A bucket that fails, or gives back something else than it got.
import { describe, expect, it } from "vitest";
import type { Fault, Operation } from "../scripted-s3.ts";
import { isLong, Fixture } from "./fixture.ts";

const fixture = Fixture.set();

describe("a store that fails", () => {
  const passing: Fault[] = ["500", "503", "SlowDown", "reset", "lost"];

  it.each(passing)("once at each kind of call (%s) is no failure", async (fault) => {
    await fixture.earlier();
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
  // The answer to HEAD has no body, so that S3 cannot say there why it refuses.
  const cases = fatal
    .flatMap(([fault, code]) =>
      operations.map(
        (operation) => [fault, operation, fault === "expired" && operation === "head" ? "STORE_FAILED" : code] as const,
      ),
    )
    .filter((_, index) => isLong || index % 3 === 0);

  it.each(cases)(
    "for good with %s at %s is a failure that leaves nothing",
    { timeout: 120_000 },
    async (fault, operation, code) => {
      const before = await fixture.earlier();
      // The lock is read before; what fails is what comes later.
      let began = false;
      fixture.s3.onRequest = (one) => (began ||= one === "uploads");
      fixture.s3.fault = (one) =>
        one === operation && (began || operation === "put" || operation === "uploads") ? fault : undefined;
      const { error } = await fixture.run({ "lock-seconds": "2" });
      expect(error).toMatchObject({ code });
      expect(fixture.manifests()).toHaveLength(1);
      await fixture.expectSafe(before);
    },
  );

  it("that gives back less than it has is noticed", async () => {
    const before = await fixture.earlier();
    fixture.s3.fault = (operation, key, count) =>
      operation === "get" && key.includes("data.dump") && count < 12 ? "short" : undefined;
    // Each answer breaks off in the middle of what is left, so it comes to an end, whole.
    expect((await fixture.run()).error).toBeUndefined();
    fixture.expectUntouched(before);
  });
});

describe("two backups at once", () => {
  it("are one, and the other says whose turn it is", async () => {
    const before = await fixture.earlier("large");
    const hold = Promise.withResolvers<void>();
    fixture.s3.fault = (operation, key, count) =>
      operation === "part" && key.includes("data.dump") && count < 3 ? "SlowDown" : undefined;
    const first = fixture.run({ database: "large", "lock-seconds": "4" });
    fixture.s3.onRequest = (operation) => operation === "create" && hold.resolve();
    await hold.promise;
    const second = await fixture.run({ database: "large", "lock-seconds": "4" });
    expect((await first).error).toBeUndefined();
    // The second has waited and found the first alive, or has come after its end.
    if (second.error) expect(second.error).toMatchObject({ code: "LOCKED" });
    await fixture.expectSafe(before, "large");
  });
});

describe("a stored backup that has changed", () => {
  it("is noticed, whichever bit it is", { timeout: 600_000 }, async () => {
    await fixture.run();
    const key = fixture.s3.keys().find((one) => one.includes("/data.dump"))!;
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
