// The workflows of the repository, each way of using this toolkit.
import { clusterOf, type Answers, type Pins } from "./answers.ts";

/** What YAML would take for something else than text is quoted. */
const scalar = (value: string): string =>
  /^(true|false|null|yes|no|on|off|y|n|~)$|^[\d.+-]|^$|[^\w./@:-]/i.test(value) ? JSON.stringify(value) : value;

const idToken = "id-token: write # login to AWS through OpenID Connect";
const url = "${{ vars.SERVICE_URL }}";

/** Entries of `with`, one a line; undefined ones are left out. */
function inputs(entries: Record<string, string | undefined>, indent: string): string {
  const lines = Object.entries(entries).flatMap(([name, value]) =>
    value === undefined ? [] : [`${indent}${name}: ${value}\n`],
  );
  return lines.join("");
}

/** Without the version of the service, there is still its health check. */
const checks = ({ healthPath }: Answers): string => JSON.stringify(`[{ path: ${healthPath} }]`);
const verification = (answers: Answers, version: string): Record<string, string> =>
  answers.reportsVersion ? { "expect-version": version } : { checks: checks(answers) };

const target = (answers: Answers): Record<string, string> => ({
  cluster: scalar(clusterOf(answers)),
  service: scalar(answers.name),
});

const image = ({ name, dockerfile }: Answers): Record<string, string | undefined> => ({
  repository: scalar(name),
  file: dockerfile === "Dockerfile" ? undefined : scalar(dockerfile),
});

const deployHead = ({ branch, environment }: Answers): string => `name: Deploy

on:
  push:
    branches: [${scalar(branch)}]
  workflow_dispatch:

permissions: {}

# One deployment after the other; of those that wait, the newest replaces the others.
concurrency:
  group: deploy-${environment}
  cancel-in-progress: false

`;

const rollbackHead = ({ environment }: Answers): string => `name: Roll back

on:
  workflow_dispatch:
    inputs:
      to:
        description: "Target: last-healthy, a revision such as 12, or a commit"
        default: last-healthy
      reason:
        description: Reason
        required: true
      dry-run:
        description: "Dry run: report what would be done"
        type: boolean
        default: false

permissions: {}

# Not queued behind a deployment: one that hangs is what a rollback is for.
concurrency:
  group: rollback-${environment}
  cancel-in-progress: false

`;

export const deployWorkflow = (answers: Answers, pins: Pins): string =>
  deployHead(answers) + (answers.way === "reusable" ? callsToDeploy(answers) : jobToDeploy(answers, pins));

export const rollbackWorkflow = (answers: Answers, pins: Pins): string =>
  rollbackHead(answers) + (answers.way === "reusable" ? callToRollBack(answers) : jobToRollBack(answers, pins));

const callOf = ({ toolkit: { repository, ref } }: Answers, file: string): string =>
  `${repository}/.github/workflows/${file}@${ref}`;

const callsToDeploy = (answers: Answers): string => `jobs:
  build:
    permissions:
      contents: read # checkout
      ${idToken}
    uses: ${callOf(answers, "build.yml")}
    with:
      context: .
${inputs(
  { ...image(answers), "aws-region": answers.region, "role-to-assume": "${{ vars.AWS_BUILD_ROLE }}" },
  "      ",
)}  deploy:
    needs: build
    permissions:
      ${idToken}
    uses: ${callOf(answers, "deploy-service.yml")}
    with:
${inputs(
  {
    environment: scalar(answers.environment),
    ...target(answers),
    container: scalar(answers.container),
    image: "${{ needs.build.outputs.image }}",
    url,
    ...verification(answers, "${{ needs.build.outputs.version }}"),
    "aws-region": answers.region,
    "role-to-assume": "${{ vars.AWS_DEPLOY_ROLE }}",
  },
  "      ",
)}`;

const callToRollBack = (answers: Answers): string => `jobs:
  rollback:
    permissions:
      ${idToken}
    uses: ${callOf(answers, "rollback-service.yml")}
    with:
${inputs(
  {
    environment: scalar(answers.environment),
    ...target(answers),
    to: "${{ inputs.to }}",
    reason: "${{ inputs.reason }}",
    "dry-run": "${{ inputs.dry-run }}",
    url,
    checks: checks(answers),
    "aws-region": answers.region,
    "role-to-assume": "${{ vars.AWS_DEPLOY_ROLE }}",
  },
  "      ",
)}`;

/** A job with steps of its own, in the environment, which the role's trust asks for. */
const job = (answers: Answers, name: string, steps: string, more = ""): string => `jobs:
  ${name}:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    environment:
      name: ${scalar(answers.environment)}
      url: ${url}
    permissions:
${more}      ${idToken}
    steps:
${steps}`;

const login = ({ region }: Answers, pins: Pins): string => `      - uses: ${pins.login}
        with:
          role-to-assume: \${{ vars.AWS_DEPLOY_ROLE }}
          aws-region: ${region}
`;

function step(
  { toolkit: { repository, ref } }: Answers,
  options: { name: string; id?: string; if?: string; action: string; with: Record<string, string | undefined> },
): string {
  return `      - name: ${options.name}
${inputs({ id: options.id, if: options.if, uses: `${repository}${options.action}@${ref}` }, "        ")}        with:
${inputs(options.with, "          ")}`;
}

function jobToDeploy(answers: Answers, pins: Pins): string {
  const build = step(answers, { name: "Build", id: "build", action: "/actions/build-push", with: image(answers) });
  const steps = `      - uses: ${pins.checkout}
        with:
          persist-credentials: false
${login(answers, pins)}${build}${answers.way === "one-step" ? oneStep(answers) : actions(answers)}`;
  return job(answers, "deploy", steps, "      contents: read # checkout\n");
}

const built = "${{ steps.build.outputs.image }}";
const version = "${{ steps.build.outputs.version }}";

const oneStep = (answers: Answers): string =>
  step(answers, {
    name: "Deploy",
    action: "",
    with: {
      ...target(answers),
      images: `${answers.container}=${built}`,
      url,
      ...verification(answers, version),
    },
  });

/** What the root action does in one step. */
const actions = (answers: Answers): string =>
  [
    step(answers, {
      name: "Render",
      id: "render",
      action: "/actions/render-task-definition",
      with: { ...target(answers), images: `${answers.container}=${built}` },
    }),
    step(answers, {
      name: "Deploy",
      id: "deploy",
      action: "/actions/deploy",
      with: {
        ...target(answers),
        "task-definition": "${{ steps.render.outputs.task-definition }}",
        "wait-for-service-stability": "true",
      },
    }),
    step(answers, {
      name: "Smoke test",
      id: "smoke-test",
      action: "/actions/smoke-test",
      with: {
        url,
        ...verification(answers, version),
        "task-definition-arn": "${{ steps.deploy.outputs.task-definition-arn }}",
      },
    }),
    step(answers, {
      name: "Roll back",
      if: `>-
          failure() && steps.smoke-test.outcome == 'failure' && steps.deploy.outputs.outcome == 'succeeded'
          && steps.deploy.outputs.previous-task-definition-arn != ''`,
      action: "/actions/rollback",
      with: {
        ...target(answers),
        to: "${{ steps.deploy.outputs.previous-task-definition-arn }}",
        reason: '"Automatic: the smoke test failed, run ${{ github.run_id }}"',
      },
    }),
  ].join("");

const jobToRollBack = (answers: Answers, pins: Pins): string =>
  job(
    answers,
    "rollback",
    [
      login(answers, pins),
      step(answers, {
        name: "Roll back",
        id: "rollback",
        action: "/actions/rollback",
        with: {
          ...target(answers),
          to: "${{ inputs.to }}",
          reason: "${{ inputs.reason }}",
          "dry-run": "${{ inputs.dry-run }}",
        },
      }),
      step(answers, {
        name: "Smoke test",
        if: "${{ !inputs.dry-run }}",
        action: "/actions/smoke-test",
        with: { url, "expect-version": "${{ steps.rollback.outputs.version }}", checks: checks(answers) },
      }),
    ].join(""),
  );
