// Ports that tests of another checkout do not have.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { port, root } from "../../infra/local/paths.ts";

/** All different: all of them are held before the first is released. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * `RAINBOW_PORT` for a system that a test starts in a copy of this checkout: always the same one, so that the next run
 * finds what an interrupted one has left, and seldom that of another checkout. Database and Redis of different ports do
 * not meet, because these differ by tens (infra/local/paths.ts); none is a port that fetch refuses.
 */
export function portOfCheckout(checkout = root): number {
  const number = createHash("sha256").update(checkout).digest().readUInt32BE();
  return port + 2200 + 10 * (number % 200);
}
