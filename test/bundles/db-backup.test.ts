// The bundle of db-backup waits for its work to the end, however long that takes.
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { ScriptedS3 } from "../../actions/db-backup/test/scripted-s3.ts";
import { runBundle } from "../lib/run-bundle.ts";

const sockets: Socket[] = [];
const silent = createServer((socket) => {
  sockets.push(socket);
  socket.on("error", () => undefined);
});
let s3: ScriptedS3;
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  await s3.stop();
});

it("a server that answers after longer than the bundle waits at its end is waited for", async () => {
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  s3 = await ScriptedS3.start();
  const began = Date.now();
  const { code, text } = await runBundle("db-backup", {
    inputs: {
      bucket: "backups",
      database: "app",
      host: "127.0.0.1",
      port: String((silent.address() as AddressInfo).port),
      "path-style": "true",
      "ssl-mode": "disable",
      "connect-timeout": "7",
      "connect-retries": "0",
    },
    environment: { AWS_ENDPOINT_URL: s3.endpoint },
  });
  expect(text).toContain("[CONNECT_FAILED]");
  expect(code).toBe(1);
  expect(Date.now() - began).toBeGreaterThan(6500);
});
