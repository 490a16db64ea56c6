// What cannot be moved, with its line and the remedy, and what is to say about the inputs.
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { byCommit, byTag, commit, fixtures, plan, repository, workflow } from "./fixtures.ts";

const deployStep = (...inputs: string[]) =>
  [
    "uses: aws-actions/amazon-ecs-deploy-task-definition@v2",
    "with:",
    "  task-definition: task.json",
    ...inputs.map((input) => `  ${input}`),
  ].join("\n");
const renderStep = (...inputs: string[]) =>
  [
    "uses: aws-actions/amazon-ecs-render-task-definition@v1",
    "with:",
    "  task-definition: task.json",
    "  container-name: web",
    "  image: web:1",
    ...inputs.map((input) => `  ${input}`),
  ].join("\n");

describe("cannot be moved", () => {
  it.each<[string, string, [number, number, string]]>([
    [
      "an expression as version",
      workflow("uses: aws-actions/amazon-ecs-deploy-task-definition@${{ vars.VERSION }}"),
      [6, 15, "has an expression, or a blank, in uses"],
    ],
    [
      "no version",
      workflow("name: Deploy\nuses: aws-actions/amazon-ecs-deploy-task-definition"),
      [7, 15, "has no version"],
    ],
    [
      "a boolean that is none",
      workflow(deployStep("wait-for-service-stability: yes")),
      [9, 39, 'wait-for-service-stability: must be true or false, not "yes"'],
    ],
    [
      "a number that is none",
      workflow(deployStep("service: api", "desired-count: two")),
      [10, 26, "desired-count: must be a number from 0 to 5000"],
    ],
    [
      "a secret that is a variable, too",
      workflow(renderStep("environment-variables: A=1", "secrets: A=arn:aws:ssm:eu-west-1:012345678901:parameter/a")),
      [11, 34, "environment-variables, secrets: A is in both"],
    ],
    [
      "no image",
      workflow(
        "uses: aws-actions/amazon-ecs-render-task-definition@v1\nwith: { task-definition: a.json, container-name: web }",
      ),
      [6, 15, "image: is required with container-name (web)"],
    ],
  ])("%s", (_, text, [line, column, problem]) => {
    const { problems, after } = plan(text);
    expect(problems).toEqual([{ line, column, problem: expect.stringContaining(problem), remedy: expect.any(String) }]);
    expect(problems[0]!.remedy).toContain("run the command again");
    expect(after).toBe(text);
  });

  it("a reference in a matrix, which GitHub does not evaluate in uses", () => {
    const text = workflow("uses: ${{ matrix.action }}", deployStep()).replace(
      "    steps:",
      "    strategy: { matrix: { action: [aws-actions/amazon-ecs-deploy-task-definition@v2] } }\n    steps:",
    );
    const { problems, moved } = plan(text);
    expect(problems).toEqual([
      {
        line: 5,
        column: 36,
        problem: "aws-actions/amazon-ecs-deploy-task-definition@v2 is a value here, and not the uses of a step",
        remedy: expect.stringContaining("GitHub evaluates no expressions in uses"),
      },
    ]);
    expect(moved).toHaveLength(1);
  });

  it("one step of several: the others are moved", () => {
    const { problems, moved } = plan(workflow(deployStep("run-task: no"), deployStep()));
    expect([problems.length, moved.map(({ line }) => line)]).toEqual([1, [10]]);
  });

  it("steps that share a reference with it", () => {
    const text = workflow(
      deployStep("run-task: no").replace("uses: ", "uses: &deploy "),
      "uses: *deploy\nwith: { task-definition: other.json }",
    );
    const { problems, after } = plan(text);
    expect(problems.map(({ line, problem }) => [line, problem])).toEqual([
      [9, expect.stringContaining("run-task: must be true or false")],
      [10, "it shares its reference with the step in line 6, which cannot be moved"],
    ]);
    expect(after).toBe(text);
  });

  it("a reference whose anchor is used as another value, too", () => {
    const text = workflow(`${deployStep().replace("uses: ", "uses: &it ")}\nenv: { ACTION: *it }`);
    const { problems, after } = plan(text);
    expect(problems.map(({ line, problem }) => [line, problem])).toEqual([
      [6, "its anchor is also used in line 9, not as the uses of a step"],
    ]);
    expect(after).toBe(text);
  });

  it("a file that is locked", () => {
    const text = workflow(deployStep());
    expect(plan(text, byTag, { problem: "the file is read-only", remedy: "Run chmod." })).toMatchObject({
      after: text,
      problems: [{ line: 6, problem: "the file is read-only", remedy: "Run chmod." }],
    });
  });
});

it("replaces an alias of a value that stays", () => {
  const text = workflow("uses: *it  # v2\nwith: { task-definition: task.json }").replace(
    "on: push",
    "on: push\nenv: { ACTION: &it aws-actions/amazon-ecs-deploy-task-definition@v2 }",
  );
  const { after, problems } = plan(text, byCommit);
  expect(after).toBe(text.replace("*it  # v2", `${repository}/actions/deploy@${commit}  # v1.2.3`));
  expect(problems).toMatchObject([{ line: 2, problem: expect.stringContaining("is a value here") }]);
  expect(load(after)).toMatchObject({
    jobs: { deploy: { steps: [{ uses: `${repository}/actions/deploy@${commit}` }] } },
  });
});

it("reads a bracket below its key, as GitHub does", () => {
  const text = workflow(deployStep()).replace("on: push", "on:\n  push:\n    branches: [\n      main\n    ]");
  expect(plan(text).after).toBe(
    text.replace("aws-actions/amazon-ecs-deploy-task-definition@v2", `${repository}/actions/deploy@v1`),
  );
});

describe("expressions", () => {
  it.each([
    "wait-for-service-stability: ${{ inputs.wait }}",
    "desired-count: ${{ vars.COUNT }}",
    "run-task-tags: ${{ vars.TAGS }}",
  ])("are only known to the run: %s", (input) => {
    expect(plan(workflow(deployStep(input))).problems).toEqual([]);
  });

  it("in a part of a value, too", () => {
    const text = workflow(
      renderStep(
        "secrets: A=${{ vars.ARN }}",
        "env-files: arn:aws:s3:::${{ vars.BUCKET }}/a.env",
        "task-role-arn: arn:aws:iam::${{ vars.ACCOUNT }}:role/a",
      ),
    );
    expect(plan(text).problems).toEqual([]);
  });
});

describe("inputs that had no effect", () => {
  const notes = (...steps: string[]) => plan(workflow(...steps)).moved.flatMap((one) => one.notes);

  it("are likely a slip if nobody knows them", () => {
    expect(notes(deployStep("servce: api", "colour: blue"))).toEqual([
      "servce is an input of neither action, and has no effect; did you mean service?",
      "colour is an input of neither action, and has no effect",
    ]);
  });

  it("take effect if they are ours", () => {
    expect(notes(renderStep("memory: 512"))).toEqual([
      expect.stringMatching(/^memory is no input of the AWS action, and had no effect; now it has: /),
    ]);
  });

  it("take effect if the release that was pinned is older than they are", () => {
    const step = deployStep("run-task: true", "Wait-For-Minutes: 5");
    const at = (version: string) => notes(step.replace("@v2", `@${version}`));
    const note = "run-task had no effect before release 2.0.0 of the AWS action; now it has.";
    expect(at("v1")).toEqual([note]);
    expect(at("v1.6.0")).toEqual([note]);
    expect(at(`${"a".repeat(40)} # v1.6.0`)).toEqual([note]);
    expect(at("v2")).toEqual([]);
    expect(at("v2.0.0")).toEqual([]);
    // A branch, or a commit without a comment, may be the newest release.
    expect(at("master")).toEqual([]);
    expect(at("a".repeat(40))).toEqual([]);
  });
});

describe("advice", () => {
  const advice = (text: string) =>
    plan(text).advice.map((one) => [one.line, one.text.split(" ").slice(0, 4).join(" ")]);

  it("names copies of the actions, which are not rewritten", () => {
    const text = workflow(
      "uses: example/amazon-ecs-deploy-task-definition@v2",
      "uses: ./.github/actions/amazon-ecs-deploy-task-definition",
      "uses: ./.github/actions/deploy",
    );
    expect(plan(text).after).toBe(text);
    expect(advice(text)).toEqual([[6, "example/amazon-ecs-deploy-task-definition may be a"]]);
  });

  it("names what one of our actions does in one step", () => {
    const text = fixtures.find(([name]) => name === "by-hand.yml")![1];
    expect(advice(text)).toEqual([
      [10, "build-push builds, pushes and"],
      [14, "render-task-definition reads the revision"],
      [26, "deploy with wait-for-service-stability: true"],
    ]);
    expect(advice(fixtures.find(([name]) => name === "two-containers.yml")![1])).toEqual([[26, "One render step is"]]);
  });

  it("says nothing where there is nothing to simplify", () => {
    expect(advice(fixtures.find(([name]) => name === "log-driver.yml")![1])).toEqual([]);
    expect(advice(workflow("run: docker push ghcr.io/example/web"))).toEqual([]);
  });
});
