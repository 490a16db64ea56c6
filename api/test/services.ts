// Real PostgreSQL and Redis for the tests, in containers that go when the tests do. PostgreSQL also speaks TLS.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { makeCertificates } from "./certificates.ts";

const exec = promisify(execFile);
const images = {
  postgres: process.env["TEST_POSTGRES_IMAGE"] ?? "postgres:17-alpine",
  redis: process.env["TEST_REDIS_IMAGE"] ?? "redis:7-alpine",
};

declare module "vitest" {
  interface ProvidedContext {
    postgresPort: number;
    redisPort: number;
    redisContainer: string;
    redisImage: string;
    /** ca.pem, other-ca.pem, and server.pem with server-key.pem, which ca.pem vouches for as localhost. */
    certificates: string;
  }
}

export const masterPassword = "only-for-the-tests";

/** PostgreSQL refuses a key that others may read: it gets a copy of its own. */
const startWithTls = `
install -o postgres -m 600 /certificates/server-key.pem /certificates/server.pem /tmp
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/tmp/server.pem -c ssl_key_file=/tmp/server-key.pem
`;

export interface Container {
  id: string;
  /** On this machine. */
  port: number;
}

async function start(image: string, port: number, options: string[] = [], command: string[] = []): Promise<Container> {
  const published = ["-p", `127.0.0.1::${port}`];
  const { stdout } = await exec("docker", ["run", "-d", "--rm", ...published, ...options, image, ...command]);
  const id = stdout.trim();
  const mapped = await exec("docker", ["port", id, `${port}/tcp`]);
  return { id, port: Number(mapped.stdout.trim().split(":").at(-1)) };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const certificates = await mkdtemp(join(tmpdir(), "api-certificates-"));
  await makeCertificates(certificates);
  const settings = ["-e", `POSTGRES_PASSWORD=${masterPassword}`, "-e", "POSTGRES_DB=shiojiri_rainbow"];
  const withTls = ["-v", `${certificates}:/certificates:ro`, "--entrypoint", "sh"];
  const postgres = await start(images.postgres, 5432, [...settings, ...withTls], ["-c", startWithTls]);
  const redis = await start(images.redis, 6379);
  project.provide("postgresPort", postgres.port);
  project.provide("redisPort", redis.port);
  project.provide("redisContainer", redis.id);
  project.provide("redisImage", images.redis);
  project.provide("certificates", certificates);
  return async () => {
    await exec("docker", ["rm", "-f", postgres.id, redis.id]);
    await rm(certificates, { recursive: true });
  };
}
