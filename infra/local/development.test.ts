import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { publishedPorts } from "./development.ts";
import { root } from "./paths.ts";

const folder = mkdtempSync(join(tmpdir(), "development-test-"));
afterEach(() => vi.unstubAllEnvs());

describe("publishedPorts", () => {
  it("are those of .env, before it those of the environment, and before both what is asked for", async () => {
    writeFileSync(join(folder, ".env"), "API_PORT=3001\nML_PORT=5001 # beside another\nREDIS_PORT=6380\n");
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
  const used = new Map([...compose.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [name!, value!]));

  it("has every variable of docker-compose.yml with its default, each explained, and no other", () => {
    const set = parseEnv(text);
    const mentioned = { ...set, ...parseEnv(text.replaceAll(/^#(?=\w+=)/gm, "")) };
    expect(Object.keys(mentioned).toSorted()).toEqual([...used.keys()].toSorted());
    for (const [name, value] of Object.entries(mentioned)) expect(value, name).toBe(used.get(name));
    // Each group of settings begins with its explanation.
    for (const block of text.split("\n\n").filter((part) => /^#?\w+=/m.test(part) && !part.includes("_PORT=")))
      expect(block).toMatch(/^# \S/);
  });
});
