// How messages go to FCM: with which token, what is tried again and after how long, and what each refusal means.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createFcm, type Message } from "../../src/features/notifications/fcm.ts";
import type { PushError } from "../../src/features/notifications/push-error.ts";
import { createSender } from "../../src/features/notifications/sender.ts";
import { serviceAccountKey } from "../../src/features/notifications/service-account.ts";
import { account, answerWith, fcmError, fcmServer, keyFile, problemOf } from "./fcm-server.ts";

const server = await fcmServer();
afterAll(() => server.close());

const start = Date.parse("2026-07-01T09:00:00Z");
let time = start;
const now = () => new Date(time);
let warnings: PushError[] = [];
/** Seconds that were waited for. */
let waits: number[] = [];
const never = new AbortController().signal;

const jump = async (milliseconds: number) => {
  waits.push(milliseconds / 1000);
  time += milliseconds;
};

function newSender(more: { timeout?: number; origins?: typeof server.origins; wait?: typeof jump } = {}) {
  const { timeout = 5000, origins = server.origins, wait = jump } = more;
  return createSender({
    fcm: createFcm({ projectId: keyFile.project_id, account, origins, now, timeout }),
    now,
    warn: (failure) => warnings.push(failure),
    wait,
    random: () => 0,
  });
}

let ids = 0;
function message(more: Partial<Message> = {}): Message {
  ids += 1;
  return {
    token: `device-${ids}`,
    text: { title: "塩尻駅：虹が見えやすい天気です", body: "一\n二" },
    data: { probability: "0.25" },
    id: `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`,
    ...more,
  };
}

beforeEach(() => {
  time = start;
  [warnings, waits] = [[], []];
  server.messages.length = 0;
  server.calls = { send: 0, token: 0 };
  server.valid.clear();
  server.unregistered.clear();
  Object.assign(server, { answer: undefined, tokenAnswer: undefined, expiresIn: 3599, now });
});

describe("the server of these tests", () => {
  const good = { token: "device", notification: { title: "a", body: "b" } };
  it.each([
    [{}, "message"],
    [{ message: { notification: { title: "a" } } }, "message"],
    [{ message: { ...good, topic: "all" } }, "message"],
    [{ message: { ...good, to: "x" } }, "message.to"],
    [{ message: { ...good, data: { count: 1 } } }, "message.data.count"],
    [{ message: { ...good, data: { from: "x" } } }, "message.data.from"],
    [{ message: { ...good, notification: { title: 1 } } }, "message.notification.title"],
    [{ message: { ...good, android: { ttl: "1h" } } }, "message.android.ttl"],
    [{ message: { ...good, android: { priority: "urgent" } } }, "message.android.priority"],
    [{ message: { ...good, apns: { headers: { "apns-priority": 10 } } } }, "message.apns.headers.apns-priority"],
  ])("refuses %j", (body, field) => {
    expect(problemOf({ message: good })).toBeUndefined();
    expect(problemOf(body)).toMatchObject({ error: { details: [{ fieldViolations: [{ field }] }] } });
  });

  it("refuses what is larger than FCM takes, and a token that it did not give", async () => {
    expect(problemOf({ message: { ...good, data: { text: "虹".repeat(1400) } } })).toBeDefined();
    server.tokenAnswer = (response) => response.end('{"access_token":"guess","expires_in":3599}');
    expect(await newSender().send(message(), never)).toEqual({ result: "failed", reason: "credentials" });
  });
});

describe("a message", () => {
  it("goes out with its text, and is not shown any more when the weather is another", async () => {
    const sent = message();
    expect(await newSender().send(sent, never)).toEqual({ result: "sent" });
    expect(server.messages).toEqual([
      expect.objectContaining({
        token: sent.token,
        notification: sent.text,
        data: { probability: "0.25" },
        android: expect.objectContaining({ ttl: "1800s", notification: { tag: sent.id } }),
        apns: expect.objectContaining({
          headers: expect.objectContaining({ "apns-expiration": String(start / 1000 + 1800) }),
        }),
      }),
    ]);
  });

  it("is sent once by many at once, each with the same access token", async () => {
    const sender = newSender();
    await Promise.all(Array.from({ length: 20 }, () => sender.send(message(), never)));
    expect([server.messages.length, server.calls.token]).toEqual([20, 1]);
  });
});

describe("the access token", () => {
  it("is used until shortly before its end", async () => {
    const sender = newSender();
    await sender.send(message(), never);
    time += 3200_000;
    await sender.send(message(), never);
    expect(server.calls.token).toBe(1);
    time += 200_000;
    expect(await sender.send(message(), never)).toEqual({ result: "sent" });
    expect(server.calls.token).toBe(2);
  });

  it("is replaced once when it is refused before its end", async () => {
    const sender = newSender();
    await sender.send(message(), never);
    server.valid.clear();
    expect(await sender.send(message(), never)).toEqual({ result: "sent" });
    expect(server.calls).toEqual({ send: 3, token: 2 });
    expect(warnings).toEqual([]);
  });

  it.each([
    ["a key that was deleted", () => answerWith(400, { error: "invalid_grant" })],
    ["a clock that is wrong", () => ((server.now = () => new Date(start - 7_200_000)), undefined)],
  ])("is not given for %s: said once, and FCM is left alone", async (_name, breakIt) => {
    const answer = breakIt();
    if (answer) server.tokenAnswer = (response) => answer(undefined, response, {} as never);
    const sender = newSender();
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "credentials" });
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "paused" });
    expect(sender.isBlocked()).toBe(true);
    expect(warnings.map(({ message: text }) => text)).toEqual([expect.stringContaining("400, invalid_grant")]);
    expect(server.calls).toEqual({ send: 0, token: 1 });
    // The key comes right, and the pause is over: nothing else is needed.
    Object.assign(server, { tokenAnswer: undefined, now });
    time += 901_000;
    server.now = now;
    expect(await sender.send(message(), never)).toEqual({ result: "sent" });
  });
});

describe("a refusal", () => {
  const invalid = "The registration token is not a valid FCM registration token";
  const ofToken = {
    error: {
      code: 400,
      status: "INVALID_ARGUMENT",
      message: "Request contains an invalid argument.",
      details: [
        { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "INVALID_ARGUMENT" },
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "message.token", description: "Invalid registration token" }],
        },
      ],
    },
  };
  it.each([
    ["of a token that is not registered any more", 404, fcmError(404, "UNREGISTERED", { status: "NOT_FOUND" })],
    ["of a token that never was one, by its field", 400, ofToken],
    ["of a token that never was one, by its words", 400, fcmError(400, "INVALID_ARGUMENT", { message: invalid })],
  ])("%s: the device is gone", async (_name, status, body) => {
    server.answer = answerWith(status, body);
    expect(await newSender().send(message(), never)).toEqual({ result: "unregistered" });
    expect(server.calls.send).toBe(1);
  });

  const denied = { error: { code: 403, status: "PERMISSION_DENIED", message: "denied" } };
  it.each([
    ["of a value of the message", 400, fcmError(400, "INVALID_ARGUMENT"), "invalid-message", false],
    ["of a message that is too large", 400, { error: { status: "INVALID_ARGUMENT" } }, "invalid-message", false],
    ["of another project's device", 403, fcmError(403, "SENDER_ID_MISMATCH"), "sender-mismatch", false],
    ["of Apple's credentials", 401, fcmError(401, "THIRD_PARTY_AUTH_ERROR"), "third-party-auth", false],
    ["of the key", 403, denied, "credentials", true],
    ["of a project that is not there", 404, { error: { status: "NOT_FOUND" } }, "credentials", true],
  ])("%s is not tried again", async (_name, status, body, reason, isBlocked) => {
    server.answer = answerWith(status, body);
    const sender = newSender();
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason });
    expect([server.calls.send, sender.isBlocked(), waits]).toEqual([1, isBlocked, []]);
    expect(warnings).toHaveLength(1);
    for (const secret of ["device-", "access-", "PRIVATE KEY", "eyJ"])
      expect(`${warnings[0]?.stack} ${JSON.stringify(warnings[0])}`).not.toContain(secret);
  });
});

describe("FCM that is busy or broken", () => {
  const quota = fcmError(429, "QUOTA_EXCEEDED", { status: "RESOURCE_EXHAUSTED" });
  /** Refuses so often, then works. */
  const refuseFirst = (times: number, answer: ReturnType<typeof answerWith>) => {
    let left = times;
    server.answer = (...call) => {
      left -= 1;
      if (left < 0) server.messages.push(call[0]);
      (left < 0 ? answerWith(200, { name: "x" }) : answer)(...call);
    };
  };

  it.each([
    ["429 and Retry-After", answerWith(429, quota, { "retry-after": "7" }), [7, 7]],
    [
      "429 and a time in Retry-After",
      answerWith(429, quota, { "retry-after": new Date(start + 30_000).toUTCString() }),
      [30],
    ],
    ["429", answerWith(429, quota), [60, 60]],
    ["500", answerWith(500, fcmError(500, "INTERNAL")), [10, 20]],
    ["503 and a page", answerWith(503, "<html>"), [10, 20]],
  ])("with %s is waited for", async (_name, answer, expected) => {
    refuseFirst(expected.length, answer);
    const sender = newSender();
    expect(await sender.send(message(), never)).toEqual({ result: "sent" });
    expect(waits).toEqual(expected);
    expect([server.messages.length, sender.isBlocked()]).toEqual([1, false]);
  });

  it("is left alone by all that come while somebody waits", async () => {
    refuseFirst(1, answerWith(429, quota, { "retry-after": "7" }));
    const released: (() => void)[] = [];
    const sender = newSender({
      wait: (milliseconds) => {
        waits.push(milliseconds / 1000);
        return new Promise((resolve) => released.push(resolve));
      },
    });
    const first = sender.send(message(), never);
    await expect.poll(() => waits).toEqual([7]);
    const second = sender.send(message(), never);
    await expect.poll(() => waits).toEqual([7, 7]);
    expect(server.calls.send).toBe(1);
    time += 7000;
    for (const release of released) release();
    expect(await Promise.all([first, second])).toEqual([{ result: "sent" }, { result: "sent" }]);
  });

  it("for longer than anybody waits is left alone for that long, then twice as long each time", async () => {
    server.answer = answerWith(429, quota, { "retry-after": "300" });
    const sender = newSender();
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "quota" });
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "paused" });
    expect([server.calls.send, waits]).toEqual([1, []]);
    time += 299_000;
    expect(sender.isBlocked()).toBe(true);
    time += 2000;
    server.answer = answerWith(503, fcmError(503, "UNAVAILABLE"));
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "unavailable" });
    time += 119_000;
    expect(sender.isBlocked()).toBe(true);
    time += 2000;
    server.answer = undefined;
    expect(await sender.send(message(), never)).toEqual({ result: "sent" });
    expect(warnings).toHaveLength(2);
  });

  it("and slow, or breaking connections, gets nothing twice", async () => {
    const arrived: string[] = [];
    server.answer = ({ token }, response, request) => {
      arrived.push(token);
      if (arrived.length % 2 === 0) request.socket.destroy();
      else response.writeHead(200).write('{"name":');
    };
    const sender = newSender({ timeout: 1000 });
    const sent = [message(), message(), message()];
    const deliveries = [];
    for (const each of sent) deliveries.push(await sender.send(each, never));
    expect(deliveries.map((delivery) => "reason" in delivery && delivery.reason)).toEqual([
      "timeout",
      "connection-lost",
      "timeout",
    ]);
    expect(arrived).toEqual(sent.map(({ token }) => token));
    // Three in a row are no accident.
    expect(sender.isBlocked()).toBe(true);
  });

  it("and not there at all is tried again: nothing has arrived", async () => {
    const gone = await fcmServer();
    await gone.close();
    const sender = newSender({ origins: { ...server.origins, fcm: gone.origins.fcm } });
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "unreachable" });
    expect(waits).toEqual([10, 20]);
    expect(sender.isBlocked()).toBe(true);
  });

  it("is not followed to another host, and not read without an end", async () => {
    server.answer = (_message, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
    };
    const sender = newSender();
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "connection-lost" });
    server.answer = answerWith(200, "x".repeat(100_000));
    expect(await sender.send(message(), never)).toEqual({ result: "failed", reason: "garbage" });
  });

  it("is not waited for when the service stops", async () => {
    server.answer = answerWith(503, {});
    const stopping = new AbortController();
    const sender = createSender({
      fcm: createFcm({ projectId: keyFile.project_id, account, origins: server.origins, now }),
      now,
      warn: () => {},
    });
    const delivery = sender.send(message(), stopping.signal);
    await expect.poll(() => server.calls.send).toBe(1);
    stopping.abort();
    expect(await delivery).toEqual({ result: "failed", reason: "stopped" });
    expect(server.calls.send).toBe(1);
  });
});

describe("the key of a service account", () => {
  it.each([
    "{}",
    "no JSON",
    JSON.stringify({ ...keyFile, type: "authorized_user" }),
    JSON.stringify({ ...keyFile, private_key: "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----" }),
    JSON.stringify({ ...keyFile, private_key: keyFile.private_key.slice(0, 500) }),
  ])("that is none is refused without its text", (text) => {
    const { error } = serviceAccountKey.safeParse(text);
    expect(error?.issues.map(({ message: said }) => said)).toEqual([expect.stringContaining("must be the JSON file")]);
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("is none where it is not set, and is not shown where it is printed", () => {
    for (const text of [undefined, "", " not-set\n"]) expect(serviceAccountKey.parse(text)).toBeUndefined();
    expect(JSON.stringify(account)).not.toContain("PRIVATE");
  });
});
