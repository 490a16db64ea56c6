// Every kind of summary begins with what happened, has no element, link or secret that it should not have, and lies in
// artefacts/summaries afterwards, to be looked at.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { render } from "../../shared/test/rendered.ts";
import { kinds } from "./summary-kinds/index.ts";

const folder = join(root, "artefacts/summaries");
const elements = new Set("h3 h4 p br table tbody tr th td code pre details summary a ul li".split(" "));

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_ENDPOINT_URL")) vi.stubEnv(name, undefined);
  vi.stubEnv("GITHUB_SHA", "3f9c1d7a5b2e4860c1d9e7f3a5b2c4d6e8f0a1b2");
  vi.stubEnv("GITHUB_SERVER_URL", "https://github.com");
  vi.stubEnv("GITHUB_REPOSITORY", "rainbow-seeker/deploy-toolkit");
});
afterAll(() => void vi.unstubAllEnvs());

const headings: Record<string, string> = {
  "deploy-succeeded": "✅ api: revision 2 deployed, 3 of 3 tasks running",
  "deploy-unchanged": "☑️ api: already runs revision 1, nothing was changed",
  "deploy-nothing-runs": "⚠️ api: revision 2 deployed, desired count 0",
  "deploy-rolled-back":
    "❌ api: revision 2 failed and was rolled back to revision 1: container api exited with code 78",
  "deploy-failed": "❌ api: revision 2 failed: task failed to start (CannotPullContainerError)",
  "deploy-timed-out": "⏱️ api: revision 2 did not reach a steady state within 10 min 0 s",
  "deploy-superseded": "⏭️ api: revision 2 was superseded by revision 9",
  "deploy-started": "🚀 api: deployment of revision 2 started, not waited for",
  "deploy-plan": "📝 api: plan of a deployment, nothing was changed",
  "deploy-registered": "✅ api:2 is registered",
  "deploy-two-services": "❌ rainbow-seeker-cluster: 1 of 2 services deployed; ml failed",
  "deploy-migration-failed": "❌ api: migration migrate:1 failed, nothing was deployed",
  "deploy-cancelled": "🚫 api: deployment of revision 2 was cancelled",
  "rollback-succeeded": "✅ api: rolled back to revision 1, 3 of 3 tasks running",
  "rollback-plan": "📝 api: plan of a rollback, nothing was changed",
  "render-changed": "✅ api: task definition rendered, 3 changes",
  "render-unchanged": "☑️ api: task definition rendered, nothing changed",
  "smoke-test-passed": "✅ Smoke test of URL passed, 3 checks in 106 requests",
  "smoke-test-failed": "❌ Smoke test of URL failed, 2 of 3 checks",
  "smoke-test-warning": "⚠️ Smoke test of URL passed with 1 warning, 2 checks",
  "root-verified": "✅ api: revision 2 deployed and verified",
  "root-rolled-back": "❌ api: revision 2 was rolled back to revision 1 because the smoke test failed",
  "root-deployment-failed": "❌ api: revision 2 was rolled back to revision 1 because the deployment failed",
  "root-plan": "📝 api: plan of a release, nothing was changed",
  "build-push-built": "✅ rainbow-seeker-api: version 3f9c1d7a5b2e built and pushed",
  "build-push-already-built": "☑️ rainbow-seeker-api: this content was already built, as version 3f9c1d7a5b2e",
  "build-push-failed": "❌ rainbow-seeker-api: build failed at Dockerfile, line 10: [build 4/6] RUN npm ci",
  "build-push-findings": "❌ rainbow-seeker-api: ECR's scan has found 1 of HIGH or above; no tag was put",
  "db-backup-backup": "✅ shiojiri_rainbow: backed up and verified, 123,457 rows in 2 tables, 51.3 MB",
  "db-backup-verify": "✅ shiojiri_rainbow: backup verified, 123,457 rows in 2 tables",
  "db-backup-restore": "✅ shiojiri_rainbow_restored: restored, data as of 2026-01-01 17:00:02 UTC, 123,457 rows",
  "db-backup-check": "✅ shiojiri_rainbow: newest backup is 15 h old, 2 backups",
  "db-backup-prune": "📝 shiojiri_rainbow: 2 backups would be removed, 1 kept",
  "db-backup-snapshot": "✅ rainbow-seeker-db: snapshot available",
  "db-backup-failed": "❌ shiojiri_rainbow: pg_dump ended with exit code 1",
  "failure-configuration": "❌ deploy: 3 inputs are not usable; nothing was done",
  "failure-internal": "❌ deploy: internal error",
};

describe("the summary of", () => {
  it.each(Object.entries(kinds))("%s", async (name, run) => {
    const markdown = await run();
    writeFileSync(join(folder, `${name}.md`), markdown);

    const [first = ""] = markdown.split("\n");
    const { text, links, elements: found } = render(markdown);
    expect(first).toMatch(/^### \S/);
    expect(
      render(first)
        .text.trim()
        .replace(/http:\/\/\S+/, "URL"),
    ).toBe(headings[name]);
    expect(found.flatMap((path) => path.split("/")).filter((element) => !elements.has(element))).toEqual([]);
    for (const link of links)
      expect(link).toMatch(/^https:\/\/([a-z0-9-]+\.console\.aws\.amazon\.com|github\.com\/rainbow-seeker)\//);
    expect(markdown).not.toContain("canary");
    for (const mistake of ["undefined", "[object", "\u001B"]) expect(text).not.toContain(mistake);
    expect(markdown.length).toBeLessThan(20_000);
  });
});
