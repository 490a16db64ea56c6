// doctor against a scripted AWS and a scripted GitHub: where all is well, where nothing can be reached, and in a job.
import { describe, expect, it } from "vitest";
import { AwsError } from "../../../actions/shared/test/scripted-aws.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { account, examined, makeWorld, repository, roleArn, variables, type World } from "./world.ts";
import { GitHubAnswer, jwt } from "../scripted-github.ts";
import { path, deniedByIam, problemsIn } from "./cases.ts";

describe("a world in which all is well", () => {
  it("has nothing to change and nothing unchecked, and every request and answer is one that AWS knows", async () => {
    const { findings, github, aws, problems } = await examined(makeWorld());
    expect(problems).toEqual([]);
    expect(problemsIn(findings)).toEqual([]);
    expect(new Set(findings.map(({ topic }) => topic)).size).toBe(11);
    // Nothing is changed, and what several checks need is read once.
    // The clock is that of an answer to no call.
    for (const { action } of aws.calls.filter((one) => !one.action.endsWith(":undefined")))
      expect(action).toMatch(/:(Describe|List|Get|Simulate)/);
    expect(aws.count("ecs:DescribeServices")).toBe(2);
    expect(aws.count("iam:GetRole")).toBe(5);
    expect(github.requests.filter(({ path: asked }) => asked === path)).toHaveLength(1);
  });
});

describe("what cannot be reached", () => {
  const unchecked = (findings: Finding[]) => findings.filter(({ state }) => state === "not-checked");

  it("without a GitHub token: the roles are unknown, and what needs them is not checked, with what to give", async () => {
    const world = makeWorld();
    world.environment["GH_TOKEN"] = "";
    const { findings, github } = await examined(world);
    expect(findings.filter(({ state }) => state === "change")).toEqual([]);
    expect(new Set(unchecked(findings).map(({ topic }) => topic))).toEqual(
      new Set(["Login", "Environment", "Variables", "Permissions", "Time limits"]),
    );
    for (const { remedy } of unchecked(findings)) expect(remedy).toMatch(/GH_TOKEN=|--variables AWS_\w+=ARN/);
    for (const { authorization } of github.requests) expect(authorization).toBeUndefined();
  });

  it("with variables instead: roles are compared with what the repository's name says", async () => {
    const world = makeWorld();
    world.environment["GH_TOKEN"] = "";
    world.options["variables"] = Object.entries(variables)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n");
    const { findings } = await examined(world);
    const of = (topic: Finding["topic"]) => [
      ...new Set(findings.filter((one) => one.topic === topic).map(({ state }) => state)),
    ];
    expect(of("Variables")).toEqual(["fine"]);
    expect(of("Permissions")).toEqual(["fine"]);
    // GitHub could tell the ID of the repository, which the policies compare.
    expect(of("Login")).toEqual(["not-checked"]);
  });

  it("without AWS credentials: everything of GitHub is checked, and nothing of AWS", async () => {
    const world = makeWorld();
    for (const action of Object.keys(world.handlers))
      world.handlers[action] = () =>
        new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403);
    const { findings } = await examined(world);
    expect(findings.filter(({ state }) => state === "change")).toEqual([]);
    expect(unchecked(findings).map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(["Login", "Permissions", "Service", "Images", "Time limits", "Region"]),
    );
  });

  it("with a role that may not read IAM: names the permissions to add", async () => {
    const world = makeWorld();
    for (const action of Object.keys(world.handlers).filter((one) => one.startsWith("iam:")))
      world.handlers[action] = deniedByIam(action);
    const { findings } = await examined(world);
    expect(unchecked(findings)).toContainEqual({
      topic: "Login",
      state: "not-checked",
      what: "Missing permission: the job's role lacks iam:GetRole.",
      remedy: expect.stringContaining('"Action":"iam:GetRole"'),
    });
    expect(findings.filter(({ state }) => state === "change")).toEqual([]);
  });

  it("with an element in a trust policy that is not evaluated: says so instead of guessing", async () => {
    const world = makeWorld();
    world.handlers["iam:GetRole"] = ({ RoleName }) => ({
      Role: {
        Path: "/",
        RoleName,
        RoleId: "AROAEXAMPLE",
        Arn: roleArn("build"),
        CreateDate: "2026-11-01T00:00:00Z",
        AssumeRolePolicyDocument: encodeURIComponent(
          JSON.stringify({
            Statement: {
              Effect: "Allow",
              Action: "sts:AssumeRoleWithWebIdentity",
              Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com` },
              Condition: { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } },
            },
          }),
        ),
        MaxSessionDuration: 43_200,
      },
    });
    const { findings } = await examined(world);
    expect(unchecked(findings).map(({ what }) => what)).toContainEqual(expect.stringContaining("DateLessThan"));
  });

  it("outside of a checkout: says what to give, and checks the rest", async () => {
    const world = makeWorld();
    Object.assign(world.options, {
      folder: "/nowhere",
      cluster: "rainbow-seeker-cluster",
      service: "rainbow-seeker-api",
    });
    const { findings } = await examined(world);
    expect(unchecked(findings).map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(["Login", "Pins", "Time limits"]),
    );
    expect(findings).toContainEqual({ topic: "Service", state: "fine", what: "rainbow-seeker-api: 3 of 3 tasks run" });
  });
});

describe("in a job", () => {
  const inJob = (claims: Record<string, unknown>): World => {
    const world = makeWorld();
    world.environment["ACTIONS_ID_TOKEN_REQUEST_URL"] = "GITHUB/token?api-version=2.0";
    world.environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "runtime-secret";
    world.routes["/token"] = { count: 1, value: jwt(claims) };
    return world;
  };
  const claims = {
    iss: "https://token.actions.githubusercontent.com",
    aud: "sts.amazonaws.com",
    sub: "repo:rainbow-seeker@123456/deploy-toolkit@456789:environment:production",
    job_workflow_ref: `${repository}/.github/workflows/deploy-service.yml@refs/heads/main`,
    ref: "refs/heads/main",
    environment: "production",
    repository,
    repository_id: "456789",
  };

  it("compares the token that GitHub gives it, and never shows it", async () => {
    const { findings, github } = await examined(inJob(claims));
    expect(problemsIn(findings)).toEqual([]);
    const asked = github.requests.find(({ path: one }) => one.startsWith("/token"));
    expect(asked).toEqual({
      path: "/token?api-version=2.0&audience=sts.amazonaws.com",
      authorization: "Bearer runtime-secret",
    });
    expect(findings[0]?.what).toMatch(
      /^the token of this job has aud: sts\.amazonaws\.com, sub: repo:rainbow-seeker@123456/,
    );
    expect(JSON.stringify(findings)).not.toMatch(/eyJ|runtime-secret|ghp_secret/);
  });

  it("names the claim of a job on a branch", async () => {
    const branch = {
      ref: "refs/heads/feature",
      job_workflow_ref: `${repository}/.github/workflows/deploy-service.yml@refs/heads/feature`,
    };
    const { findings } = await examined(inJob({ ...claims, ...branch }));
    const said = problemsIn(findings).map(({ what }) => /: (\w+) is (.*), and the policy expects/.exec(what)?.slice(1));
    expect(said).toEqual([
      ["job_workflow_ref", branch.job_workflow_ref],
      ["ref", "refs/heads/feature"],
    ]);
  });

  it("says what to do if there is no token", async () => {
    const world = inJob(claims);
    world.routes["/token"] = new GitHubAnswer(500, {});
    const { findings } = await examined(world);
    expect(findings[0]).toEqual({
      topic: "Login",
      state: "not-checked",
      what: "GitHub gives this job no token: it answers 500",
      remedy: "Give the job permissions: id-token: write, and run it again.",
    });
  });
});
