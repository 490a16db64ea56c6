// Runs of the worker in which something fails: the task itself, FCM, ml, the weather, or an account that goes meanwhile.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { claim } from "../../src/features/notifications/claims.ts";
import { runOnce } from "../../src/features/notifications/run.ts";
import { runIfDue } from "../../src/features/notifications/worker.ts";
import { ProviderError } from "../../src/features/weather/weather.ts";
import { logTo, password, runApi } from "../running-api.ts";
import { json } from "../weather/weather-server.ts";
import { answerWith, fcmError, keyFile } from "./fcm-server.ts";
import { never, probability, scene, shiojiri } from "./fixture.ts";

const api = await runApi("notification_failures");
const { database } = api;
const on = await scene(database);
const { clock, fcm, task, run, minutesPass, addUser, history, tokensSent } = on;
afterAll(() => Promise.all([api.stop(), on.close()]));
beforeEach(() => on.reset());

describe("a task that is killed between claim and send", () => {
  it("leaves a claim that nobody sends, which is said in the history", async () => {
    const user = await addUser();
    fcm.answer = () => {};
    const ofChild = { ML: on.mlOrigin, FCM: fcm.origins.fcm, TIME: String(clock.time), KEY: JSON.stringify(keyFile) };
    const child = fork(fileURLToPath(new URL("killed-worker.ts", import.meta.url)), {
      env: { ...process.env, ...api.environment, ...ofChild },
      execArgv: [],
    });
    const before = fcm.calls.send;
    await expect.poll(() => fcm.calls.send, { timeout: 15_000 }).toBe(before + 1);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    fcm.answer = undefined;
    expect(await history(user)).toMatchObject([{ status: "claimed" }]);

    // Its lock goes with its connection.
    await database.query("DELETE FROM fleet_work");
    await expect.poll(() => runIfDue(task(), never)).toBe("done");
    expect(await history(user)).toMatchObject([{ status: "claimed" }]);
    minutesPass(11);
    await run();
    expect(await history(user)).toMatchObject([{ status: "interrupted", devices: 0 }]);
    expect(fcm.messages).toEqual([]);
    expect(await on.metric('notifications_total{status="interrupted"}')).toBe(1);
    // An hour later there may be another one.
    minutesPass(60);
    await run();
    expect(await history(user)).toMatchObject([{ status: "interrupted" }, { status: "sent" }]);
  });
});

describe("FCM", () => {
  it("that does not know a device any more: it is removed, and the others are told", async () => {
    const user = await addUser({ devices: ["old", "new"] });
    const alone = await addUser({ devices: ["gone"] });
    for (const token of ["old", "gone"]) fcm.unregistered.add(token);
    await run();
    const { rows } = await database.query("SELECT token FROM notification_devices");
    expect(rows).toEqual([{ token: "new" }]);
    expect(await history(user)).toMatchObject([{ status: "sent", devices: 1 }]);
    expect(await history(alone)).toMatchObject([{ status: "no-device", devices: 0 }]);
    expect(await on.metric("notification_devices_removed_total")).toBe(2);
  });

  it("keeps a device that was registered again meanwhile", async () => {
    await addUser({ devices: ["again"] });
    fcm.answer = (_message, response) => {
      void database
        .query("UPDATE notification_devices SET registered_at = registered_at + interval '1 second'")
        .then(() => answerWith(404, fcmError(404, "UNREGISTERED"))(_message, response, {} as never));
    };
    await run();
    expect((await database.query("SELECT FROM notification_devices")).rowCount).toBe(1);
  });

  it("that is slow costs its time limit and no more, and what may have arrived is not sent again", async () => {
    const user = await addUser();
    const arrived: string[] = [];
    fcm.answer = ({ token }) => void arrived.push(token);
    const began = performance.now();
    await run({ sender: on.sender({ timeout: 500 }) });
    expect(performance.now() - began).toBeLessThan(8000);
    await run();
    expect(arrived).toHaveLength(1);
    expect(await history(user)).toMatchObject([{ status: "failed", reason: "timeout" }]);
  });

  it("that is busy is waited for as long as it says", async () => {
    const user = await addUser();
    const times: number[] = [];
    fcm.answer = (message, response, request) => {
      times.push(clock.time);
      if (times.length === 1) return answerWith(429, {}, { "retry-after": "33" })(message, response, request);
      return answerWith(200, { name: "x" })(message, response, request);
    };
    await run();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(33_000);
    expect(await history(user)).toMatchObject([{ status: "sent" }]);
  });

  it("that is broken ends the run: whoever was not told yet is told when it works", async () => {
    const users = await Promise.all(Array.from({ length: 30 }, () => addUser()));
    fcm.answer = answerWith(500, fcmError(500, "INTERNAL"));
    const worker = task();
    expect(await runOnce(worker, never)).toBe("incomplete");
    const after = await database.query("SELECT reason FROM notifications");
    expect(after.rowCount).toBeLessThanOrEqual(8);
    expect(new Set(after.rows.map(({ reason }) => reason))).toContain("unavailable");
    const calls = fcm.calls.send;
    expect(await runOnce(worker, never)).toBe("incomplete");
    expect(fcm.calls.send).toBe(calls);

    fcm.answer = undefined;
    minutesPass(2);
    expect(await runOnce(worker, never)).toBe("done");
    expect(fcm.messages).toHaveLength(users.length - (after.rowCount ?? 0));
  });

  it("that refuses an access token before its end gets another one", async () => {
    await addUser();
    const worker = task();
    await runOnce(worker, never);
    fcm.valid.clear();
    minutesPass(61);
    await runOnce(worker, never);
    expect(fcm.messages).toHaveLength(2);
  });
});

describe("ml and the weather", () => {
  const farApart = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => addUser({ places: [{ lat: 30 + index / 10, lon: 135 }] })));

  it("are asked once for all places that are close to each other, and for a bounded number of them", async () => {
    const random = (index: number) => ({
      lat: 36 + ((index * 37) % 100) / 400,
      lon: 137.8 + ((index * 61) % 100) / 400,
    });
    for (let user = 0; user < 200; user += 1)
      await addUser({ places: [0, 1, 2].map((place) => random(user * 3 + place)), devices: [] });
    await run();
    // A quarter of a degree in both directions.
    expect(on.questions.length).toBeLessThanOrEqual(36);
    expect(on.asked.length).toBe(on.questions.length);
    const { rows } = await database.query("SELECT count(*)::int AS told FROM notifications");
    expect(rows).toEqual([{ told: 200 }]);
  });

  it("are asked for no more places than a run may: others have their turn in other runs", async () => {
    await farApart(30);
    // Whoever is not notified stays among those that runs have to choose from.
    on.mlAnswers(() => json({ probability: 0.1 }));
    const places = () => new Set(on.questions.map(({ lat }) => lat)).size;
    for (let runs = 0; runs < 300 && places() < 30; runs += 1) {
      const before = on.questions.length;
      await run({ mostPlaces: 7 });
      expect(on.questions.length - before).toBe(7);
    }
    expect(places()).toBe(30);
    expect(await on.metric('notification_places_total{outcome="too-many"}')).toBeGreaterThan(0);
  });

  it("without ml nobody is told, after a few tries; later they are", async () => {
    const users = await farApart(20);
    on.mlAnswers(() => json({}, 503));
    expect(await run()).toBe("done");
    expect(on.questions.length).toBeLessThanOrEqual(8);
    for (const user of users) expect(await history(user)).toEqual([]);
    on.mlAnswers(() => json({ probability }));
    await run();
    expect(fcm.messages).toHaveLength(users.length);
  });

  it("without weather nobody is told, after a few tries; later they are", async () => {
    const users = await farApart(20);
    on.weatherAnswer.fails = new ProviderError("unreachable", "away");
    const lines: string[] = [];
    expect(await run({ log: logTo((line) => lines.push(line)) })).toBe("done");
    expect(on.asked.length).toBeLessThanOrEqual(8);
    expect(on.questions).toEqual([]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        unknown: { weather: 20 },
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        msg: "notifications done: of some places nothing is known",
      }),
    ]);
    on.weatherAnswer.fails = undefined;
    await run();
    expect(fcm.messages).toHaveLength(users.length);
  });

  it("that answer nonsense, or refuse, harm nobody else", async () => {
    const good = await addUser();
    await addUser({ places: [{ lat: 40, lon: 140 }] });
    await addUser({ places: [{ lat: 41, lon: 140 }] });
    on.mlAnswers(({ lat }) =>
      lat < 39
        ? json({ probability, look: "up" })
        : lat < 40.5
          ? json({ probability: 2 })
          : json({ error: { code: "invalid", message: "lat" } }, 422),
    );
    expect(await run()).toBe("done");
    expect(await history(good)).toMatchObject([{ status: "sent" }]);
    expect(fcm.messages).toHaveLength(1);
    expect(fcm.messages[0].notification.body).not.toContain("見てください");
  });
});

describe("an account that is deleted while a run is on", () => {
  it("before the claim: nothing is sent, and the others are told", async () => {
    const person = await api.register();
    await api.call("POST", "/api/places", { token: person.token, body: { name: "home", ...shiojiri } });
    await api.call("POST", "/api/notifications/devices", { token: person.token, body: { token: "deleted-1" } });
    const other = await addUser();
    on.mlAnswers(() => (url, response) => {
      void api
        .call("POST", "/api/auth/delete-account", { token: person.token, body: { password } })
        .then(() => json({ probability })(url, response, {} as never));
    });
    expect(await run()).toBe("done");
    expect(tokensSent()).not.toContain("deleted-1");
    expect(await history(other)).toMatchObject([{ status: "sent" }]);
  });

  it.each([undefined, { enabled: true, quiet_from: null, quiet_to: null }])(
    "in the moment of the claim, with settings %j: there is none",
    async (settings) => {
      const user = await addUser(settings ? { settings } : {});
      const chance = { probability, look: null, observedAt: on.now(), provider: "jma" };
      const master = await api.asMaster();
      await master.query("BEGIN");
      await master.query("DELETE FROM users WHERE id = $1", [user]);
      const parts = { chanceAt: () => chance, mode: { name: "present" }, now: on.now() } as const;
      const claimed = claim(database, user, parts);
      const waiting = async () => (await database.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount;
      await expect.poll(waiting, { timeout: 10_000 }).toBeGreaterThan(0);
      await master.query("COMMIT");
      await master.end();
      expect(await claimed).toBeUndefined();
    },
  );

  it("while it is being told: the account goes at once, with what was claimed", async () => {
    const person = await api.register();
    await api.call("POST", "/api/places", { token: person.token, body: { name: "home", ...shiojiri } });
    await api.call("POST", "/api/notifications/devices", { token: person.token, body: { token: "deleted-2" } });
    fcm.answer = (message, response, request) => {
      void api
        .call("POST", "/api/auth/delete-account", { token: person.token, body: { password } })
        .then(({ status }) => answerWith(status, { name: "x" })(message, response, request));
    };
    expect(await run()).toBe("done");
    expect((await database.query("SELECT FROM notifications")).rowCount).toBe(0);
    expect((await database.query("SELECT FROM notification_devices")).rowCount).toBe(0);
  });
});
