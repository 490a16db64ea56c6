// Real PostgreSQL and Redis for the tests, in containers that go when the tests do.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

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
  }
}

export const masterPassword = "only-for-the-tests";

async function start(image: string, port: number, environment: string[] = []): Promise<{ id: string; port: number }> {
  const settings = environment.flatMap((entry) => ["-e", entry]);
  const { stdout } = await exec("docker", ["run", "-d", "--rm", "-p", `127.0.0.1::${port}`, ...settings, image]);
  const id = stdout.trim();
  const mapped = await exec("docker", ["port", id, `${port}/tcp`]);
  return { id, port: Number(mapped.stdout.trim().split(":").at(-1)) };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await start(images.postgres, 5432, [
    `POSTGRES_PASSWORD=${masterPassword}`,
    "POSTGRES_DB=shiojiri_rainbow",
  ]);
  const redis = await start(images.redis, 6379);
  project.provide("postgresPort", postgres.port);
  project.provide("redisPort", redis.port);
  project.provide("redisContainer", redis.id);
  return async () => {
    await exec("docker", ["rm", "-f", postgres.id, redis.id]);
  };
}
