// Stores that are not S3: equal parts, headers that they refuse, conditions that they do not know or ignore.
import { randomBytes } from "node:crypto";
import { Agent } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { bucketClient } from "../src/clients.ts";
import { BackupError } from "../src/errors.ts";
import { readInputs } from "../src/inputs.ts";
import { takeLock } from "../src/storage/lock.ts";
import { capacity, equalPartBytes } from "../src/storage/part-size.ts";
import { Store, type StoreSettings } from "../src/storage/store.ts";
import { upload, type UploadOptions } from "../src/storage/upload.ts";
import { ScriptedS3 } from "./scripted-s3.ts";

const place = { bucket: "backups", prefix: "database", database: "app" };
const lockName = "database/app/lock.json";
const mebibyte = 1024 * 1024;
let s3: ScriptedS3;
let clock: ReturnType<typeof simulatedClock>;
let logged: string[];
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  clock = simulatedClock(Date.parse("2026-11-25T09:00:00Z"));
  logged = [];
});
afterEach(() => s3.stop());

function storeWith(settings: Partial<StoreSettings> = {}, client: object = s3.client): Store {
  const { checksums = true } = settings;
  return new Store({
    s3: bucketClient({ pathStyle: true, checksums }, client),
    bucket: place.bucket,
    kmsKey: undefined,
    clock,
    log: (line) => logged.push(line),
    ...settings,
  });
}

/** The scripted S3 under the name of a host. */
const clientOf = (host: string): object => ({
  ...s3.client,
  endpoint: s3.endpoint.replace("127.0.0.1", host),
  requestHandler: {
    httpAgent: new Agent({
      lookup: (_name, options, callback) =>
        options.all ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4),
    }),
  },
});

const take = (store: Store, run: string) =>
  takeLock(store, place, { run, seconds: 60, clock, log: (line) => logged.push(line) });

async function* chunks(bytes: Buffer): AsyncIterable<Buffer> {
  for (let start = 0; start < bytes.length; start += 100_000) yield bytes.subarray(start, start + 100_000);
}

const key = "database/app/x/data.dump";
const dump = randomBytes(45 * mebibyte);
const send = (store: Store, more: Partial<UploadOptions> = {}) =>
  upload(store, chunks(dump), {
    key,
    run: "me",
    maxParts: 20,
    checksums: store.settings.checksums ?? true,
    beforeComplete: async () => {},
    ...more,
  });
const partsSent = () =>
  s3.calls.filter(({ operation }) => operation === "part").map(({ headers }) => headers["content-length"]);

/** The error, and how often the simulated clock has slept: there is no waiting between retries where there are none. */
async function failureOf(work: Promise<unknown>): Promise<{ error: BackupError; waited: number }> {
  const began = clock.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackupError);
  return { error: error as BackupError, waited: clock.now() - began };
}

describe("a store that wants equal parts", () => {
  beforeEach(() => (s3.wantsEqualParts = true));

  it("gets them where it is Cloudflare R2, by its host", async () => {
    await send(storeWith({}, clientOf("0123.eu.r2.cloudflarestorage.com")));
    expect(s3.objects.get(key)?.body.equals(dump)).toBe(true);
    expect(new Set(partsSent().slice(0, -1))).toEqual(new Set([String(8 * mebibyte)]));
  });

  it("gets them elsewhere with part-size, and without it a message that names the input, not a retry", async () => {
    const { error, waited } = await failureOf(send(storeWith()));
    expect(error).toMatchObject({ code: "STORE_UNSUPPORTED", message: expect.stringContaining("set part-size") });
    expect([waited, s3.keys(), s3.uploads.size]).toEqual([0, [], 0]);
    await send(storeWith({ partBytes: 5 * mebibyte }));
    expect(s3.objects.get(key)?.body.equals(dump)).toBe(true);
  });

  it("gets parts that are large enough for twice the database", () => {
    const host = "0123.r2.cloudflarestorage.com";
    for (const gigabytes of [0, 1, 40, 400, 2000]) {
      const limits = { maxParts: 10_000, host, expectedBytes: gigabytes * 1e9 };
      expect(capacity(limits)).toBeGreaterThanOrEqual(2 * limits.expectedBytes);
      expect(equalPartBytes(limits)).toBeGreaterThanOrEqual(8 * mebibyte);
      expect(equalPartBytes(limits)! % mebibyte).toBe(0);
    }
    expect(equalPartBytes({ maxParts: 10_000, host: "r2.cloudflarestorage.com.example.com" })).toBeUndefined();
    expect(equalPartBytes({ maxParts: 10_000, host, partBytes: 5 * mebibyte, expectedBytes: 1e12 })).toBe(5 * mebibyte);
  });

  it("and a dump that does not fit: a warning before, and an error that says what to set", async () => {
    const store = storeWith({ partBytes: 5 * mebibyte });
    const { error } = await failureOf(send(store, { maxParts: 4, expectedBytes: dump.length }));
    expect(logged).toEqual([
      expect.stringMatching(
        /^Warning: the database has 47\.2 MB, and the 4 parts .* hold 21\.0 MB.*set part-size: 23\.$/,
      ),
    ]);
    expect(error).toMatchObject({ code: "STORE_UNSUPPORTED", message: expect.stringContaining("Set part-size: 23.") });
    await send(storeWith({ partBytes: 23 * mebibyte }), { maxParts: 4 });
  });
});

const refusals: [string, [number, string, string]][] = [
  [
    "Cloudflare R2, until 2025",
    [501, "NotImplemented", "Header 'x-amz-checksum-crc32' with value '8FJbTw==' not implemented"],
  ],
  [
    "Backblaze B2, until 2025",
    [400, "InvalidArgument", "Unsupported header 'x-amz-checksum-crc32' received for this API call."],
  ],
  ["StorageGRID", [501, "NotImplemented", "x-amz-sdk-checksum-algorithm is not supported"]],
  ["Oracle", [400, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value"]],
  [
    "SberCloud",
    [400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."],
  ],
];

describe("a store that refuses checksums", () => {
  it.each(refusals)("%s: fails before the dump, without retries, and names the input", async (_store, answer) => {
    s3.refuse = (_operation, headers) =>
      Object.keys(headers).some((name) => name.includes("checksum")) ? answer : undefined;
    const { error, waited } = await failureOf(take(storeWith(), "one"));
    expect(error.code).toBe("STORE_UNSUPPORTED");
    expect(error.what).toContain("set checksums: false");
    expect([waited, s3.keys()]).toEqual([0, []]);
    const store = storeWith({ checksums: false });
    await (await take(store, "one")).release();
    await send(store, { maxParts: 10_000 });
    expect(s3.objects.get(key)?.body.equals(dump)).toBe(true);
  });

  it("only of parts, or only where it begins an upload: is noticed as early, and the lock is released", async () => {
    for (const operation of ["create", "part"] as const) {
      s3.refuse = (called) => (called === operation ? refusals[1]![1] : undefined);
      const { error } = await failureOf(take(storeWith(), operation));
      expect(error.what).toContain("set checksums: false");
      expect(s3.objects.get(lockName)?.body.toString()).toContain('"until":""');
      expect(s3.uploads.size).toBe(0);
    }
  });

  it("but S3 under Object Lock wants them", async () => {
    s3.refuse = (operation, headers) =>
      operation === "put" && !("x-amz-checksum-crc32" in headers)
        ? [
            400,
            "InvalidRequest",
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
          ]
        : undefined;
    await (await take(storeWith(), "one")).release();
    const { error } = await failureOf(take(storeWith({ checksums: false }), "two"));
    expect(error.what).toContain("set checksums: true");
  });

  it("is not every 400: others are reported as they are", async () => {
    for (const answer of [
      ["InvalidRequest", "The bucket is on holiday"],
      ["KMS.NotFoundException", "Invalid keyId '0123'"],
    ] as const) {
      s3.refuse = () => [400, ...answer];
      expect((await failureOf(take(storeWith(), "one"))).error).toMatchObject({ code: "STORE_FAILED" });
    }
  });
});

it("a store without KMS keys names the input", async () => {
  const message = "Header 'x-amz-server-side-encryption' with value 'aws:kms' not implemented";
  s3.refuse = (_operation, headers) =>
    "x-amz-server-side-encryption" in headers ? [501, "NotImplemented", message] : undefined;
  const { error } = await failureOf(take(storeWith({ kmsKey: "0123" }), "one"));
  expect(error).toMatchObject({ code: "STORE_UNSUPPORTED", message: expect.stringContaining("omit kms-key") });
});

const refusesConditions = (operations: string[], answer: [number, string, string]) => {
  s3.refuse = (operation, headers) =>
    operations.includes(operation) && ("if-none-match" in headers || "if-match" in headers) ? answer : undefined;
};
const unnamed: [number, string, string] = [
  501,
  "NotImplemented",
  "A header you provided implies functionality that is not implemented",
];

/** The policy for AWS allows no write without a condition. */
const withoutConditions = [{ Statement: { Effect: "Allow" as const, Action: "s3:*", Resource: "*" } }];

describe("a store without conditional writes", () => {
  // Backblaze B2 and Alibaba Cloud OSS.
  it("that refuses them: fails before the dump, without retries, and names the input", async () => {
    refusesConditions(["put", "complete"], unnamed);
    const { error, waited } = await failureOf(take(storeWith(), "one"));
    expect(error).toMatchObject({ code: "STORE_UNSUPPORTED" });
    expect(error.what).toContain("set conditional-writes: false, and if that is not enough, checksums: false");
    expect([waited, s3.keys()]).toEqual([0, []]);
    refusesConditions(["put"], [501, "NotImplemented", "If-None-Match is not supported"]);
    expect((await failureOf(take(storeWith(), "one"))).error.what).toContain("set conditional-writes: false");
  });

  it.each(["if-none-match", "if-match"] as const)(
    "that ignores %s: fails before the dump, and releases the lock",
    async (header) => {
      s3.ignores = (operation, condition) => operation === "put" && condition === header;
      const { error } = await failureOf(take(storeWith(), "one"));
      expect(error).toMatchObject({ code: "STORE_UNSUPPORTED" });
      expect(error.what).toMatch(new RegExp(`^127\\.0\\.0\\.1 ignores ${header}.*Set conditional-writes: false`, "is"));
      expect(s3.objects.get(lockName)?.body.toString()).toContain('"until":""');
    },
  );

  it("where an upload is completed alone: the object is looked for before, and is not overwritten", async () => {
    s3.policies = withoutConditions;
    for (const answer of [undefined, unnamed]) {
      s3.ignores = (operation) => operation === "complete";
      if (answer) refusesConditions(["complete"], answer);
      const store = storeWith();
      const lock = await take(store, "one");
      expect(s3.objects.get(lockName)?.body.toString()).toContain('"run":"one"');
      s3.set(key, "another's");
      const { error } = await failureOf(send(store));
      expect(error.message).toContain("exists already, and is not overwritten");
      expect(s3.objects.get(key)?.body.toString()).toBe("another's");
      s3.objects.delete(key);
      await send(store);
      expect(s3.objects.get(key)?.body.equals(dump)).toBe(true);
      s3.objects.delete(key);
      await lock.release();
    }
  });

  it("AWS is not asked", async () => {
    await (await take(storeWith({}, clientOf("vpce-1.s3.ap-northeast-1.vpce.amazonaws.com")), "one")).release();
    expect(s3.calls.map(({ operation }) => operation)).toEqual(["get", "put", "get", "put"]);
  });
});

describe("with conditional-writes: false", () => {
  const unconditional = () => storeWith({ conditionalWrites: false });
  beforeEach(() => {
    refusesConditions(["put", "complete"], unnamed);
    s3.policies = withoutConditions;
  });

  it("the lock belongs to one run, is renewed, released, and taken again", async () => {
    const store = unconditional();
    const lock = await take(store, "one");
    const renewing = setInterval(
      () => s3.set(lockName, JSON.stringify({ run: "one", until: new Date(clock.now() + 60_000).toISOString() })),
      1,
    );
    const { error } = await failureOf(take(store, "two"));
    clearInterval(renewing);
    expect(error.code).toBe("LOCKED");
    await lock.release();
    s3.set(lockName, JSON.stringify({ run: "one", until: "" }));
    await (await take(store, "two")).release();
    expect(s3.objects.get(lockName)?.body.toString()).toBe('{"run":"two","until":""}');
  });

  it("the lock goes to one of two runs that look at the same time, whichever writes last", async () => {
    for (const firstToWrite of ["one", "two"]) {
      s3.objects.clear();
      // Both have seen that it is free before either writes.
      const written: Record<string, () => void> = {};
      const store = unconditional();
      const put = store.put.bind(store);
      const all = ["one", "two"].map((run) => new Promise<void>((resolve) => (written[run] = resolve)));
      const started: string[] = [];
      const bothLooked = Promise.withResolvers<void>();
      store.put = async (name, text) => {
        const run = /"run":"(\w+)"/.exec(text)?.[1] ?? "";
        if (started.includes(run)) return put(name, text);
        started.push(run);
        if (started.length === 2) bothLooked.resolve();
        await bothLooked.promise;
        if (run !== firstToWrite) await all[firstToWrite === "one" ? 0 : 1];
        await put(name, text);
        written[run]!();
      };
      const results = await Promise.allSettled([take(store, "one"), take(store, "two")]);
      expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("a manifest and an upload never replace what exists", async () => {
    const store = unconditional();
    s3.set("database/app/x/manifest.json", "{}");
    s3.set(key, "another's");
    expect(await store.putIf("database/app/x/manifest.json", '{"new":1}')).toBe(false);
    await expect(send(store)).rejects.toThrow("exists already, and is not overwritten");
    expect(s3.objects.get("database/app/x/manifest.json")?.body.toString()).toBe("{}");
    expect(s3.objects.get(key)?.body.toString()).toBe("another's");
    expect(await store.putIf("database/app/y/manifest.json", "{}")).toBe(true);
    // Written over by another one at once.
    s3.onRequest = (operation, name, when) => {
      if (operation === "put" && when === "after") s3.set(name, "another's");
    };
    expect(await store.putIf("database/app/z/manifest.json", "{}")).toBe(false);
  });

  it("an upload survives lost responses", async () => {
    const seen = new Set<string>();
    s3.fault = (operation) => {
      if (seen.has(operation)) return undefined;
      seen.add(operation);
      return "lost";
    };
    await send(unconditional());
    expect(s3.objects.get(key)?.body.equals(dump)).toBe(true);
  });
});

describe("the inputs", () => {
  const read = (given: Record<string, string>) =>
    readInputs((name) => ({ bucket: "backups", database: "app", host: "localhost", ...given })[name] ?? "", {});

  it("are read, forwarded to a task, and refused if they are out of range", () => {
    expect(read({}).work.inputs).toMatchObject({ partBytes: undefined, conditionalWrites: true });
    const given = { "part-size": "64", "conditional-writes": "false" };
    const { work, remote } = read({ ...given, network: "ecs", "task-definition": "backup", service: "api" });
    expect(work.inputs).toMatchObject({ partBytes: 64 * mebibyte, conditionalWrites: false });
    expect(remote?.forwarded).toMatchObject(given);
    for (const wrong of ["4", "4097", "8.5", "big"])
      expect(() => read({ "part-size": wrong })).toThrow(/part-size: must be/);
  });
});
