// What a build leaves in the summary of its step.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isExplained } from "../../shared/src/summary/failure.ts";
import { buildPush, checkout, Docker, folder } from "./fixture.ts";

let file: string;
beforeEach(() => {
  file = join(folder, "summary.md");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STEP_SUMMARY", file);
});
afterEach(() => vi.unstubAllEnvs());
const summary = () => readFileSync(file, "utf8");

it("says what was built and pushed, or that it was there", async () => {
  await buildPush({ tags: "v1" });
  const version = checkout.git("rev-parse", "HEAD").slice(0, 12);
  expect(summary()).toMatch(new RegExp(`^### ✅ api: version ${version} built and pushed\\n`));
  for (const part of ["<code>v1</code>", "Built\u00A0with", "<summary>Inputs</summary>"])
    expect(summary()).toContain(part);
  writeFileSync(file, "");
  await buildPush({ tags: "v1" });
  expect(summary()).toMatch(/^### ☑️ api: this content was already built, as version this-build\n/);
});

it("has the failed step of a build, its last lines and its inputs, without a secret", async () => {
  const docker = new Docker();
  const stderr = "Step 2/4 : RUN npm ci\nnpm ERR! <b>404</b> canary-secret\nThe command returned a non-zero code: 1";
  docker.buildx = "Name:   default\nDriver: docker\n";
  docker.failures = { "buildx build": [{ code: 1, stderr }] };
  const error = await buildPush({ secrets: "npm=canary-secret", "build-args": "TOKEN=canary-arg" }, { docker }).catch(
    (reason: unknown) => reason,
  );
  expect(isExplained(error)).toBe(true);
  expect(summary()).toMatch(/^### ❌ api: build failed at Step 2\/4 : RUN npm ci\n/);
  expect(summary()).toContain("```text\nStep 2/4 : RUN npm ci\nnpm ERR! <b>404</b> ***\n");
  expect(summary()).toContain("<summary>Inputs</summary>");
  expect(summary()).not.toContain("canary");
});

it("says what else stops a build", async () => {
  await expect(buildPush({ platforms: "linux/amd64, linux/arm64" })).rejects.toThrow("linux/arm64 in one build");
  expect(summary()).toMatch(/^### ❌ api: \S[^]*<summary>Inputs<\/summary>/);
});
