// A connection that the network forgot: no side hears of the other again, and nothing is closed.
import { createServer, connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";
import { Fixture } from "./fixture.ts";
import { running } from "./server.ts";

const fixture = Fixture.set();

/** A proxy before the server whose connections can be forgotten. */
let proxy: Server;
let host: string;
let sockets: Socket[] = [];
let isForgotten = false;

beforeEach(async () => {
  [sockets, isForgotten] = [[], false];
  host = makeTestFolder("proxy-");
  proxy = createServer((client) => {
    sockets.push(client);
    client.on("error", () => undefined);
    if (isForgotten) return void client.pause();
    const server = connect(join(fixture.server.connection.host, ".s.PGSQL.5432"));
    sockets.push(server);
    server.on("error", () => undefined);
    client.pipe(server);
    server.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(join(host, ".s.PGSQL.5432"), resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

const forget = () => {
  isForgotten = true;
  for (const socket of sockets) socket.unpipe().pause();
};

it("ends at the time limit, with all that it has started, and leaves the lock to others", async () => {
  const before = await fixture.earlierBackup("large");
  fixture.s3.onRequest = (operation, key) => {
    if (operation === "part" && key.includes("data.dump")) forget();
  };
  const began = Date.now();
  const result = await fixture.run({ database: "large", host, "timeout-minutes": "0.1" });
  fixture.expectFailure(result, before, "TIMED_OUT");
  // The limit is 6 s; pg_dump has 5 s to stop by itself.
  expect(Date.now() - began).toBeLessThan(40_000);
  expect(
    running().filter((program) => program.arguments.includes("pg_dump ") && program.parent === process.pid),
  ).toEqual([]);
  expect(JSON.parse(fixture.s3.objects.get("database/large/lock.json")!.body.toString()).until).toBe("");
  await fixture.expectSafe(before, "large");
});

it("ends at the time limit while it waits for the lock of another run", async () => {
  await fixture.earlierBackup();
  const lock = fixture.s3.objects.get("database/app/lock.json")!;
  lock.body = Buffer.from(JSON.stringify({ run: "alive", until: new Date(Date.now() + 3_600_000).toISOString() }));
  const { error } = await fixture.run({ "timeout-minutes": "0.1" });
  expect(error).toMatchObject({ code: "TIMED_OUT" });
});

it("is given up while it is made, after the time and the attempts that the inputs say", async () => {
  const before = await fixture.earlierBackup();
  isForgotten = true;
  const result = await fixture.run({ host, "connect-timeout": "1", "connect-retries": "1" });
  fixture.expectFailure(result, before, "CONNECT_FAILED");
  expect(result.error!.message).toContain("raise connect-timeout and connect-retries");
  expect(sockets.length).toBe(2);
});
