import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { publishedPorts } from "./development.ts";
import { root } from "./paths.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";

const folder = makeTestFolder("development-test-");
afterEach(() => vi.unstubAllEnvs());

describe("publishedPorts", () => {
  it("come from .env, overridden by the environment, overridden by the settings", async () => {
    writeFileSync(join(folder, ".env"), "API_PORT=3001\nML_PORT=5001 # a comment\nREDIS_PORT=6380\n");
    vi.stubEnv("ML_PORT", "5002");
    vi.stubEnv("REDIS_PORT", "6381");
    expect(await publishedPorts({ folder, project: "p", settings: { REDIS_PORT: "6382" } })).toEqual({
      API_PORT: 3001,
      ML_PORT: 5002,
      POSTGRES_PORT: 5432,
      REDIS_PORT: 6382,
    });
  });
});

describe(".env.example", () => {
  const text = readFileSync(join(root, ".env.example"), "utf8");
  const compose = readFileSync(join(root, "docker-compose.yml"), "utf8");
  const used = new Map(
    [...compose.matchAll(/\$\{(\w+):?-([^}]*)\}/g)].map(([, name = "", value = ""]): [string, string] => [name, value]),
  );

  it("has exactly the variables of docker-compose.yml, each with its default and an explanation", () => {
    const active = parseEnv(text);
    const mentioned = { ...active, ...parseEnv(text.replaceAll(/^#(?=\w+=)/gm, "")) };
    expect(Object.keys(mentioned).toSorted()).toEqual([...used.keys()].toSorted());
    for (const [name, value] of Object.entries(mentioned)) expect(value, name).toBe(used.get(name));
    // Each group of settings starts with its explanation.
    for (const block of text.split("\n\n").filter((part) => /^#?\w+=/m.test(part) && !part.includes("_PORT=")))
      expect(block).toMatch(/^# \S/);
  });
});
