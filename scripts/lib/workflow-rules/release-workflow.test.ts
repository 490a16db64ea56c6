// What nothing but GitHub enforces of release.yml: its order, who may do what, and that tags alone start it.
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { jobsOf, own, read, workflow, type Job } from "../read-workflows.ts";

const path = ".github/workflows/release.yml";
const { on, jobs } = workflow(path) as unknown as {
  on: Record<string, unknown>;
  jobs: Record<string, Job & { permissions: Record<string, string> }>;
};
const needs = (name: string): string[] =>
  [jobs[name]?.needs ?? []].flat().flatMap((needed) => [needed, ...needs(needed)]);
const actionsOf = (name: string) => (jobs[name]?.steps ?? []).flatMap(({ uses }) => uses?.split("@")[0] ?? []);
const commandsOf = (name: string) => (jobs[name]?.steps ?? []).flatMap(({ run }) => run ?? []);

describe("release.yml", () => {
  it("runs for tags of versions, and for nothing else", () => {
    expect(on).toEqual({ push: { tags: ["v[0-9]+.[0-9]+.[0-9]+"] } });
  });

  it("publishes last, after every test, with no way around one that failed", () => {
    expect(new Set(needs("publish"))).toEqual(new Set(["attest", "build", "test"]));
    expect(jobs["test"]).toMatchObject({ uses: "$/.github/workflows/test.yml" });
    expect(jobs["test"]).not.toHaveProperty("with");
    for (const [name, job] of Object.entries(jobs)) {
      expect([name, job.if]).toEqual([name, undefined]);
      expect(JSON.stringify(job)).not.toContain("continue-on-error");
      for (const step of job.steps ?? []) expect(step).not.toHaveProperty("if");
    }
  });

  it("checks the tag before it installs or builds anything, and builds the bundles before it writes their checksums", () => {
    expect(commandsOf("build")).toEqual([
      'npm run release --silent -- check "$TAG"',
      'npm test --silent -- "bundles are what the sources make"',
      'npm run release --silent -- files "$TAG"',
    ]);
    // The commit has to be found on main.
    expect(jobs["build"]?.steps?.[0]?.with).toMatchObject({ "fetch-depth": 0 });
  });

  it("gives each job what it needs", () => {
    expect(Object.fromEntries(Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]))).toEqual({
      build: { contents: "read" },
      test: { contents: "read" },
      attest: { "id-token": "write", attestations: "write" },
      publish: { contents: "write" },
    });
    // Of all workflows, it alone may write to the repository.
    const writing = own.filter((file) => /^\s*contents: write$/m.test(read(file)));
    expect(writing.map((file) => basename(file))).toEqual(["release.yml"]);
  });

  it("runs no code of packages where it may sign or write", () => {
    expect(commandsOf("attest")).toEqual([]);
    expect(actionsOf("attest")).toEqual(["actions/download-artifact", "actions/attest", "actions/attest"]);
    expect(commandsOf("publish")).toEqual(['node scripts/commands/release.ts publish "$TAG"']);
    expect(jobs["publish"]?.environment).toBe("release");
  });

  it("attests the checksums of all bundles, once for their source and once for their packages", () => {
    const given = jobs["attest"]?.steps?.slice(1).map((step) => step.with);
    expect(given).toEqual([
      { "subject-checksums": "release/dist.sha256" },
      { "subject-checksums": "release/dist.sha256", "sbom-path": "release/sbom.cdx.json" },
    ]);
  });

  it("keeps what it signs and what it publishes in one artifact, which only build writes", () => {
    const stores = jobsOf(path).flatMap(([name, { steps = [] }]) =>
      steps.flatMap(({ uses, with: given }) =>
        /(up|down)load-artifact/.test(uses ?? "") ? [[name, uses?.split("@")[0], given?.["name"]]] : [],
      ),
    );
    expect(stores).toEqual([
      ["build", "actions/upload-artifact", "release"],
      ["attest", "actions/download-artifact", "release"],
      ["publish", "actions/download-artifact", "release"],
    ]);
  });

  it("never runs twice at once, and drops no run", () => {
    expect(workflow(path).concurrency).toEqual({ group: "release", "cancel-in-progress": false, queue: "max" });
  });
});
