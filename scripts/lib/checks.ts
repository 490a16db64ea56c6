// The checks of `npm test`.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { ensureBaseImages, imagePrefix } from "../../infra/local/base-images.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { root, stateDir } from "../../infra/local/paths.ts";
import { ensureBrowser, pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { adoptionCheck } from "../../test/adoption/check.ts";
import { modulesAloneCheck } from "../../test/adoption/examples.ts";
import { bootstrapCheck } from "../../test/bootstrap/check.ts";
import { checkovCheck } from "../../test/checkov/check.ts";
import { buildPushCheck } from "../../test/build-push/check.ts";
import { ignoreCheck } from "../../test/build-push/ignore-check.ts";
import { dockerfileCheck } from "../../test/build-push/dockerfile-check.ts";
import { ownBuilderCheck } from "../../test/build-push/own-builder.ts";
import { dbBackupCheck } from "../../test/db-backup/check.ts";
import { bundleCopiesCheck } from "./bundle-copies.ts";
import { bundle, bundledFolders } from "./bundle.ts";
import { sideBySideCheck } from "../../test/drop-in/side-by-side.ts";
import { deployChainCheck, endToEndCheck } from "../../test/end-to-end/check.ts";
import { everyStepCheck } from "../../test/end-to-end/every-step.ts";
import { infrastructureChangesCheck } from "../../test/terraform/local-check.ts";
import { developmentCheck } from "../../test/end-to-end/development.ts";
import { migrationLintCheck } from "../../test/migrations/check.ts";
import { previousApiCheck } from "../../test/migrations/previous-api.ts";
import { initCheck } from "../../test/init/check.ts";
import { examplesCheck } from "../../test/examples/check.ts";
import { memoryCheck } from "../../test/load/memory.ts";
import { rollingCheck } from "../../test/load/rolling.ts";
import { permissionsCheck } from "../../test/permissions/check.ts";
import { policyReferenceCheck } from "../../test/permissions/reference-check.ts";
import { postgresCheck } from "../../test/postgres/check.ts";
import { databasesCheck } from "../../test/postgres/databases-check.ts";
import { terraformMutations } from "../../test/terraform-mutations/check.ts";
import { trainingCheck } from "../../test/training/check.ts";
import type { Counts } from "./counts.ts";
import { format } from "./format.ts";
import { terraformCheck } from "./terraform-check.ts";
import { runVitest } from "./vitest.ts";
import { workflowCheck } from "./workflow-check.ts";

type Note = (text: string) => void;

/** Groups, each of which CI runs as a separate job: `npm test -- --group NAME`. */
export const groups = ["static", "unit", "integration", "end to end"] as const;
export type Group = (typeof groups)[number];

export interface Check {
  name: string;
  run: (note: Note) => Promise<Counts>;
  /** Checks that follow each other in the list and have lanes run lane beside lane: some wait while others compute. */
  lane?: "processor" | "local AWS";
  /** It kills programs such as Terraform, which then leave their temporary files: these are only removed. */
  killsPrograms?: true;
}

export interface GroupedCheck extends Check {
  group: Group;
}

const one: Counts = { passed: 1, failed: 0 };

/** A program whose exit code is the result. */
function program(name: string, command: string[], options: { cwd?: string; remedy?: string } = {}): Check {
  return {
    name,
    run: async () => {
      await run(command, {
        cwd: options.cwd ?? root,
        remedy: options.remedy ?? `Run it on its own: npm test -- "${name}"`,
      });
      return one;
    },
  };
}

const bin = (name: string) => join(root, "node_modules/.bin", name);

function vitest(
  project: string,
  env: Record<string, string> = {},
  prepare: (note: Note) => Promise<void> = async () => {},
): Check {
  return { name: `${project} tests`, run: async (note) => prepare(note).then(() => runVitest(project, { env })) };
}

const serviceImages = {
  TEST_POSTGRES_IMAGE: `${imagePrefix}/postgres:17-alpine`,
  TEST_REDIS_IMAGE: `${imagePrefix}/redis:7-alpine`,
};

async function prepareEngine(note: Note): Promise<void> {
  await ensureEngine(note);
  await ensureBaseImages(note);
}

async function prepareBrowser(note: Note): Promise<void> {
  process.env["CHROMIUM"] = await ensureBrowser(note);
}

async function pythonLint(note: Note): Promise<Counts> {
  const ruff = join(await pythonEnvironment(note), "ruff");
  await run([ruff, "check", "--output-format=concise", "ml/training"], {
    cwd: root,
    remedy: `Fix the reported lines; "ruff check --fix" fixes some of them.`,
  });
  return one;
}

/** A bundle that is not rebuilt after a change would still run the old code. */
async function bundleCheck(note: Note): Promise<Counts> {
  const folders = await bundledFolders();
  for (const folder of folders) {
    note(folder);
    const built = join(stateDir, "bundle-check", folder);
    await bundle(folder, built);
    await run(["diff", "--recursive", "--brief", built, join(root, folder, "dist")], {
      remedy: "Run npm run build, and commit the result.",
    });
  }
  return { passed: folders.length, failed: 0 };
}

/** Property-based tests with values that `npm test` does not try. */
async function propertiesCheck(note: Note): Promise<Counts> {
  const files = (await run(["git", "grep", "-l", '"fast-check"', "--", "*.test.ts"], { cwd: root })).trim().split("\n");
  const total: Counts = { passed: 0, failed: 0 };
  await prepareEngine(note);
  for (let round = 1; round <= 10; round += 1) {
    const seed = String(randomInt(2 ** 31));
    note(`round ${round} of 10, RAINBOW_SEED=${seed}`);
    for (const project of ["unit", "roles", "terraform", "api"]) {
      const { passed, failed } = await runVitest(project, { files, env: { ...serviceImages, RAINBOW_SEED: seed } });
      if (failed > 0) console.log(`\nAgain: RAINBOW_SEED=${seed} npx vitest run --project ${project}`);
      total.passed += passed;
      total.failed += failed;
    }
  }
  return total;
}

/** For `npm run test:long`: each takes minutes. */
export const longChecks: Check[] = [
  { name: "properties", run: propertiesCheck },
  { name: "bundles from other places", run: bundleCopiesCheck({ isLong: true }) },
  { name: "build-push with a builder of its own", run: ownBuilderCheck },
  { name: "ignore files as docker reads them", run: ignoreCheck },
  { name: "side by side with the AWS actions", run: sideBySideCheck },
  { name: "Dockerfiles as BuildKit reads them", run: dockerfileCheck },
  { name: "backups with full counts", run: postgresCheck({ isLong: true }) },
  { name: "databases of others", run: databasesCheck },
  {
    name: "requests that schemathesis makes",
    run: async (note) => {
      const folder = join(root, "test/schemathesis");
      const bin = await pythonEnvironment(note, { folder, names: "schemathesis" });
      await prepareEngine(note);
      return runVitest("schemathesis", { env: { ...serviceImages, SCHEMATHESIS: join(bin, "st") } });
    },
  },
  {
    name: "the previous api on the new schema",
    run: async (note) => {
      await prepareEngine(note);
      return previousApiCheck(note, serviceImages);
    },
  },
  { name: "tasks replaced under load", run: rollingCheck },
  { name: "memory of api over half an hour", run: memoryCheck },
  { name: "adoption", run: adoptionCheck },
  { name: "modules alone", run: modulesAloneCheck },
  { name: "bootstrap and leave", run: bootstrapCheck },
  { name: "init to the first deployment", run: initCheck },
  { name: "terraform mutations", run: terraformMutations },
  { name: "changes of the infrastructure", run: infrastructureChangesCheck },
  { name: "everyday use, end to end", run: endToEndCheck({ isLong: true }) },
  { name: "from staging to production", run: deployChainCheck },
  { name: "killed at every step", run: everyStepCheck, killsPrograms: true },
];

const inGroup = (group: Group, members: Check[]): GroupedCheck[] => members.map((check) => ({ ...check, group }));
const inLane = (lane: NonNullable<Check["lane"]>, members: Check[]): Check[] =>
  members.map((check) => ({ ...check, lane }));

/** Types and the like first; then what looks for processes that are left; then two lanes, one of which waits more than it computes. */
export const checks: GroupedCheck[] = [
  ...inGroup("static", [
    program("types", [bin("tsc"), "--noEmit"]),
    program("types of api", [bin("tsc"), "--noEmit", "-p", "api"]),
    program("types of ml", [bin("tsc"), "--noEmit", "-p", "ml"]),
    { name: "format", run: async (note) => ({ passed: (await format({ check: true }, note)).length, failed: 0 }) },
    program("lint", [bin("oxlint"), "--deny-warnings"]),
    { name: "lint of Python", run: pythonLint },
    { name: "lint of migrations", run: migrationLintCheck },
    { name: "workflows", run: workflowCheck },
  ]),
  // Alone: it looks for what any command has left running.
  ...inGroup("unit", [vitest("conditions", {}, async (note) => void (await pythonEnvironment(note)))]),
  ...inGroup(
    "unit",
    inLane("processor", [
      vitest("unit"),
      vitest("ml"),
      { name: "training tests", run: trainingCheck },
      vitest("browser", {}, prepareBrowser),
    ]),
  ),
  ...inGroup(
    "integration",
    inLane("local AWS", [
      { name: "build-push", run: buildPushCheck },
      { name: "permissions", run: permissionsCheck },
      { name: "db-backup in a task", run: dbBackupCheck },
      { name: "examples", run: examplesCheck },
      { name: "development environment", run: developmentCheck },
    ]),
  ),
  ...inGroup("end to end", inLane("local AWS", [{ name: "end to end", run: endToEndCheck({ isLong: false }) }])),
  ...inGroup(
    "static",
    inLane("processor", [
      { name: "terraform", run: terraformCheck },
      vitest("roles", {}, async (note) => void (await terraformBinary(note))),
      vitest("terraform", {}, async (note) => {
        await terraformBinary(note);
        // act, for the workflow.
        await pythonEnvironment(note);
      }),
      vitest("infrastructure", {}, async (note) => void (await terraformBinary(note))),
      { name: "policies", run: policyReferenceCheck },
      { name: "checkov", run: checkovCheck },
      { name: "bundles are what the sources make", run: bundleCheck },
      { name: "a bundle from other places", run: bundleCopiesCheck({ isLong: false }) },
    ]),
  ),
  ...inGroup("unit", inLane("processor", [vitest("bundles")])),
  ...inGroup(
    "integration",
    inLane("processor", [
      vitest("api", serviceImages, prepareEngine),
      { name: "postgres tests", run: postgresCheck({ isLong: false }) },
    ]),
  ),
];
