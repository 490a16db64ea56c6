// The way of a push in deploy.yml, run by act: which environment is deployed after what, with which images. What is called
// is replaced by jobs that say with which inputs they were called: act runs nothing after a call that has failed.
import { beforeAll, expect, it } from "vitest";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { ActRepository, changedJobs } from "../lib/act.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

interface Call {
  uses?: string;
  needs?: string[];
  if?: string;
  with?: Record<string, unknown>;
}

/** Fails where the variable RED says so. */
function standIn(name: string, { needs, if: condition, with: inputs = {} }: Call): object {
  const given = (input: string) => String(inputs[input] ?? "");
  const said = ["environment", "service", "image", "dependency-image", "bake-minutes", "repository"]
    .filter((input) => given(input) !== "")
    .map((input) => `${input}=${given(input)}`);
  return {
    ...(needs && { needs }),
    ...(condition && { if: condition }),
    "runs-on": "ubuntu-latest",
    outputs: { image: "${{ steps.run.outputs.image }}", version: "${{ steps.run.outputs.version }}" },
    steps: [
      {
        id: "run",
        env: {
          NAME: name,
          SAID: said.join(" "),
          REPOSITORY: given("repository"),
          RED: "${{ vars.RED }}",
        },
        run: [
          'echo "ran $NAME $SAID"',
          'echo "image=$REPOSITORY@sha256:0123" >>"$GITHUB_OUTPUT"',
          '[ "$NAME" != "$RED" ]',
        ].join("\n"),
      },
    ],
  };
}

let repository: ActRepository;

beforeAll(async () => {
  const bin = await pythonEnvironment(() => {});
  repository = new ActRepository(makeTestFolder("deploy-chain-"), { bin, actions: [] });
  repository.addWorkflow("resolve-environment.yml");
  repository.addWorkflow("deploy.yml", (text) =>
    changedJobs<Call>(text, (name, job) => (job.uses?.includes("resolve-environment") ? job : standIn(name, job))),
  );
  await repository.init();
  repository.useWorkflow("deploy.yml");
  await repository.commit("a push");
});

const production = { AWS_BUILD_ROLE: "arn", AWS_DEPLOY_ROLE: "arn", SERVICE_URL: "https://rainbow.example.com" };
const withStaging = {
  ...production,
  STAGING_AWS_DEPLOY_ROLE: "arn",
  STAGING_SERVICE_URL: "https://staging.example.com",
};

/** What ran, in its order, each with what it was given. */
async function push(variables: Record<string, string>, dispatched?: Record<string, string>) {
  const { code, text } = await repository.act({
    event: dispatched ? "workflow_dispatch" : "push",
    file: "deploy.yml",
    payload: { ref: "refs/heads/main", repository: { default_branch: "main" }, inputs: dispatched },
    variables,
  });
  const ran = [...text.matchAll(/\| ran ([^\n]*)/g)].map(([, said = ""]) => said.trim());
  return { code, text, ran, jobs: ran.map((said) => said.split(" ")[0]) };
}

it("a push goes to staging, and then, with the same images, to production, which is watched", async () => {
  const { code, text, ran, jobs } = await push(withStaging);
  expect(code, text).toBe(0);
  expect(jobs.slice(0, 1)).toEqual(["test"]);
  expect(jobs.slice(1, 3).toSorted()).toEqual(["build-api", "build-ml"]);
  const images = "image=rainbow-seeker-api@sha256:0123 dependency-image=rainbow-seeker-ml@sha256:0123";
  expect(ran.slice(3)).toEqual([
    `staging environment=staging service=rainbow-seeker-api-staging ${images}`,
    `deploy environment=production service=rainbow-seeker-api ${images} bake-minutes=10`,
  ]);
});

const order = ["test", "build-ml", "staging", "deploy"];
it.each([
  ["red tests build nothing", "test"],
  ["an image that cannot be built deploys nothing", "build-ml"],
  ["a red staging never reaches production", "staging"],
])("%s", async (_name, red) => {
  const { code, jobs } = await push({ ...withStaging, RED: red });
  expect(code).not.toBe(0);
  // What a job has said that fails, act may not print any more.
  expect(order.slice(order.indexOf(red) + 1).filter((name) => jobs.includes(name))).toEqual([]);
});

it("without a staging, a push goes to production", async () => {
  const { code, text, jobs } = await push(production);
  expect(code, text).toBe(0);
  expect(jobs.toSorted()).toEqual(["build-api", "build-ml", "deploy", "test"]);
});

it.each(["STAGING_AWS_DEPLOY_ROLE", "STAGING_SERVICE_URL"])(
  "with nothing of staging but %s, nothing is deployed",
  async (name) => {
    const { code, text, jobs } = await push({ ...production, [name]: "https://staging.example.com" });
    expect(code).not.toBe(0);
    // By the step: act can lose the last lines of one that fails within milliseconds.
    expect(text).toContain("Failure - Main Resolve names, roles and URL");
    expect(jobs).not.toContain("deploy");
  },
);

it("by hand, one environment is deployed, from images of its own", async () => {
  const { code, text, ran } = await push({ ...withStaging, STAGING_AWS_BUILD_ROLE: "arn" }, { environment: "staging" });
  expect(code, text).toBe(0);
  expect(ran.at(-1)).toBe(
    "deploy environment=staging service=rainbow-seeker-api-staging image=rainbow-seeker-api-staging@sha256:0123" +
      " dependency-image=rainbow-seeker-ml-staging@sha256:0123 bake-minutes=0",
  );
  expect(ran).toHaveLength(4);
});
