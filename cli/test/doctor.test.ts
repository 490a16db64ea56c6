// doctor against a scripted AWS and a scripted GitHub: in a world where all is well, and with one thing wrong at a time.
import { describe, expect, it } from "vitest";
import { AwsError } from "../../actions/shared/test/scripted-aws.ts";
import { doctorInputs, readInputs } from "../src/doctor/inputs.ts";
import { counts, table } from "../src/doctor/report.ts";
import type { Finding } from "../src/doctor/finding.ts";
import {
  account,
  examined,
  makeWorld,
  policyDocument,
  repository,
  roleArn,
  trustOf,
  variables,
  variablesAnswer,
  type World,
} from "./doctor-world.ts";
import { GitHubAnswer, jwt } from "./scripted-github.ts";

const path = `/repos/${repository}`;
const denied = (action: string) => () =>
  new AwsError(
    "AccessDeniedException",
    `User: arn:aws:sts::${account}:assumed-role/reader/me is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    403,
  );
const deniedByIam = (action: string) => () => new AwsError("AccessDenied", denied(action)().message, 403);

const problemsIn = (findings: Finding[]) => findings.filter(({ state }) => state !== "fine");

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

interface Case {
  name: string;
  change: (world: World) => void;
  topic: Finding["topic"];
  state: Finding["state"];
  what: RegExp;
  remedy: RegExp;
}

const wrong = (
  name: string,
  change: Case["change"],
  expected: [Finding["topic"], Finding["state"], RegExp, RegExp],
): Case => ({ name, change, topic: expected[0], state: expected[1], what: expected[2], remedy: expected[3] });

const environmentPath = `${path}/environments/production`;
const withoutVariable = (name: string) => {
  const { [name]: _value, ...others } = variables;
  return variablesAnswer(others);
};

const cases: Case[] = [
  wrong(
    "the trust policy has names only, and the repository sends IDs",
    ({ conditions }) => {
      conditions.deploy = trustOf("deploy", { sub: `repo:${repository}:environment:production` });
    },
    [
      "Login",
      "change",
      /deploy\.yml, job deploy: rainbow-seeker-github-deploy does not trust its token: sub is repo:rainbow-seeker@123456\/deploy-toolkit@456789:environment:production, and the policy expects repo:rainbow-seeker\/deploy-toolkit:environment:production/,
      /repository_id = 456789, repository_owner_id = 123456 .*terraform apply: this repository sends subjects with IDs/,
    ],
  ),
  wrong(
    "the environment of the role is another one",
    ({ conditions }) => {
      conditions.deploy = trustOf("deploy", {
        sub: `repo:rainbow-seeker@123456/deploy-toolkit@456789:environment:prod`,
      });
    },
    [
      "Login",
      "change",
      /sub is .*environment:production, and the policy expects .*environment:prod$/,
      /must be in environment:prod, not in environment:production/,
    ],
  ),
  wrong(
    "the role is for the workflow of a tag",
    ({ conditions }) => {
      conditions.build = trustOf("build", {
        job_workflow_ref: `${repository}/.github/workflows/build.yml@refs/tags/v1`,
      });
    },
    [
      "Login",
      "change",
      /github-build .*job_workflow_ref is .*@refs\/heads\/main, and .*@refs\/tags\/v1/,
      /workflows = \{ repository = "rainbow-seeker\/deploy-toolkit", ref = "refs\/heads\/main" \}/,
    ],
  ),
  wrong(
    "the policy compares a claim that STS does not",
    ({ conditions }) => {
      conditions.prune = trustOf("prune", { repository_owner_id: "123456" });
    },
    [
      "Login",
      "change",
      /repository_owner_id is not in it/,
      /Remove the condition on repository_owner_id: STS does not compare this claim/,
    ],
  ),
  wrong(
    "the ID of the repository is another one's",
    ({ conditions }) => {
      conditions.backup = trustOf("backup", { repository_id: "1" });
    },
    ["Login", "change", /repository_id is 456789, and the policy expects 1$/, /repository_id = 456789/],
  ),
  wrong(
    "the role does not exist",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({
        ...variables,
        AWS_PRUNE_ROLE: `arn:aws:iam::${account}:role/old`,
      });
    },
    ["Login", "change", /the role arn:aws:iam::123456789012:role\/old does not exist/, /terraform apply/],
  ),
  wrong(
    "subjects are customized",
    ({ routes }) => {
      routes[`${path}/actions/oidc/customization/sub`] = {
        use_default: false,
        include_claim_keys: ["repo"],
        use_immutable_subject: true,
      };
    },
    ["Login", "change", /customized/, /use_default=true/],
  ),
  wrong(
    "the environment is missing",
    ({ routes }) => {
      delete routes[environmentPath];
    },
    [
      "Environment",
      "change",
      /production does not exist: the first run creates it without rules/,
      /gh api --method PUT repos\/rainbow-seeker\/deploy-toolkit\/environments\/production/,
    ],
  ),
  wrong(
    "there are no reviewers",
    ({ routes }) => {
      routes[environmentPath] = {
        name: "production",
        protection_rules: [],
        deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
      };
    },
    ["Environment", "change", /no required reviewers.*AWS compares branch, workflow and environment/, /"reviewers"/],
  ),
  wrong(
    "every branch may use the environment",
    ({ routes }) => {
      routes[environmentPath] = { ...(routes[environmentPath] as object), deployment_branch_policy: null };
    },
    ["Environment", "change", /every branch may use it/, /custom_branch_policies": true/],
  ),
  wrong(
    "main is not among the deployment branches",
    ({ routes }) => {
      routes[`${environmentPath}/deployment-branch-policies`] = {
        total_count: 1,
        branch_policies: [{ name: "release/*", type: "branch" }],
      };
    },
    [
      "Environment",
      "change",
      /main is not among its deployment branches \(release\/\*\)/,
      /-f name=main -f type=branch/,
    ],
  ),
  wrong(
    "a variable is missing, and a similar one is there",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({
        ...variables,
        SERVICE_URL: "",
        SERVICE_URI: "https://rainbow.example.com/",
      });
    },
    [
      "Variables",
      "change",
      /SERVICE_URL is not set, and deploy\.yml needs it; did you mean SERVICE_URI\?/,
      /gh variable set SERVICE_URL/,
    ],
  ),
  wrong(
    "a variable cannot be what it should",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({ ...variables, SERVICE_URL: "rainbow.example.com" });
    },
    ["Variables", "change", /SERVICE_URL is no URL/, /gh variable set SERVICE_URL/],
  ),
  wrong(
    "the simulation refuses a permission",
    (world) => {
      const simulate = world.handlers["iam:SimulatePrincipalPolicy"]!;
      world.handlers["iam:SimulatePrincipalPolicy"] = (input, call) => {
        const answer = simulate(input, call) as {
          EvaluationResults: { EvalActionName: string; ResourceSpecificResults: { EvalResourceDecision: string }[] }[];
        };
        for (const one of answer.EvaluationResults)
          if (one.EvalActionName === "ecs:StopServiceDeployment")
            for (const specific of one.ResourceSpecificResults) specific.EvalResourceDecision = "implicitDeny";
        return answer;
      };
    },
    [
      "Permissions",
      "change",
      /github-deploy lacks ecs:StopServiceDeployment on arn:aws:ecs:ap-northeast-1:123456789012:service-deployment\/rainbow-seeker-cluster\/rainbow-seeker-api\/\*,.* called by deploy, rollback$/,
      /Add to its policy: \{"Effect":"Allow","Action":\["ecs:StopServiceDeployment"\]/,
    ],
  ),
  wrong(
    "the simulation may not be used, and the policies lack a permission",
    ({ handlers }) => {
      handlers["iam:SimulatePrincipalPolicy"] = deniedByIam("iam:SimulatePrincipalPolicy");
      handlers["iam:GetRolePolicy"] = ({ RoleName, PolicyName }) => ({
        RoleName,
        PolicyName,
        PolicyDocument: policyDocument(["ecs:UpdateService"]),
      });
    },
    [
      "Permissions",
      "change",
      /github-deploy lacks ecs:UpdateService on arn:aws:ecs:ap-northeast-1:123456789012:service\//,
      /"Action":\["ecs:UpdateService"\]/,
    ],
  ),
  wrong(
    "a service is at 0 without a reason",
    ({ services }) => Object.assign(services["rainbow-seeker-api"]!, { desiredCount: 0, runningCount: 0 }),
    [
      "Service",
      "change",
      /rainbow-seeker-api is at 0, and no emergency is on record/,
      /aws ecs update-service --cluster rainbow-seeker-cluster --service rainbow-seeker-api --desired-count 3/,
    ],
  ),
  wrong(
    "a service is under emergency",
    ({ services }) =>
      Object.assign(services["rainbow-seeker-api"]!, {
        desiredCount: 0,
        runningCount: 0,
        tags: [
          { key: "emergency:reason", value: "leak" },
          { key: "emergency:by", value: "octocat" },
          { key: "emergency:at", value: "2026-11-26T01:00:00Z" },
        ],
      }),
    [
      "Service",
      "advice",
      /emergency mode \(leak\), since 2026-11-26T01:00:00Z, by octocat: it stays at 0/,
      /service-control resume --cluster rainbow-seeker-cluster --service rainbow-seeker-api/,
    ],
  ),
  wrong(
    "a service does not exist",
    ({ services }) => {
      delete services["rainbow-seeker-ml"];
    },
    [
      "Service",
      "change",
      /there is no service rainbow-seeker-ml in the cluster rainbow-seeker-cluster in ap-northeast-1/,
      /terraform apply/,
    ],
  ),
  wrong(
    "tags of a repository are mutable",
    ({ repositories }) => Object.assign(repositories["rainbow-seeker-api"]!, { imageTagMutability: "MUTABLE" }),
    [
      "Images",
      "advice",
      /rainbow-seeker-api: its tags are mutable/,
      /put-image-tag-mutability --repository-name rainbow-seeker-api .*IMMUTABLE_WITH_EXCLUSION.*filter=buildcache/,
    ],
  ),
  wrong(
    "a repository does not exist",
    ({ repositories }) => {
      delete repositories["rainbow-seeker-backup"];
    },
    ["Images", "change", /rainbow-seeker-backup does not exist/, /terraform apply/],
  ),
  wrong(
    "a pinned action is not the latest release",
    ({ routes }) => {
      routes["/repos/actions/checkout/releases/latest"] = { tag_name: "v8.0.0" };
      routes["/repos/actions/checkout/commits/v8.0.0"] = { sha: "8".repeat(40) };
    },
    [
      "Pins",
      "advice",
      /actions\/checkout@\w{12} \(v7\.0\.1\) is not the latest release, which is v8\.0\.0/,
      /uses: actions\/checkout@8{40} # v8\.0\.0/,
    ],
  ),
  wrong(
    "a pinned commit is not what its comment says",
    ({ routes }) => {
      routes["/repos/actions/checkout/commits/v7.0.1"] = { sha: "7".repeat(40) };
    },
    [
      "Pins",
      "change",
      /is not the version that its comment says \(v7\.0\.1\): v7\.0\.1 is 7{40}/,
      /uses: actions\/checkout@7{40} # v7\.0\.1/,
    ],
  ),
  wrong(
    "the role's sessions are shorter than the job",
    (world) => {
      const getRole = world.handlers["iam:GetRole"]!;
      world.handlers["iam:GetRole"] = (input, call) => {
        const answer = getRole(input, call) as { Role: { MaxSessionDuration: number } };
        return { Role: { ...answer.Role, MaxSessionDuration: 3600 } };
      };
    },
    [
      "Time limits",
      "change",
      /job deploy: role-duration-seconds is 7200, and rainbow-seeker-github-deploy gives sessions of up to 3600 seconds/,
      /role-duration-seconds: 3600, or aws iam update-role --role-name rainbow-seeker-github-deploy --max-session-duration 7200/,
    ],
  ),
  wrong(
    "the clock is an hour behind",
    (world) => {
      world.clockSkew = 3_600_000;
    },
    ["Clock", "change", /clock is 3[56]\d\d s behind AWS's/, /set-ntp/],
  ),
  wrong(
    "an image is in another region",
    ({ definitions }) =>
      Object.assign(definitions["rainbow-seeker-api"]!.containerDefinitions![0]!, {
        image: `${account}.dkr.ecr.us-east-1.amazonaws.com/rainbow-seeker-api:1`,
      }),
    [
      "Region",
      "advice",
      /rainbow-seeker-api: the image .* is in us-east-1, and the service in ap-northeast-1/,
      /unless it is meant so/,
    ],
  ),
  wrong(
    "a GitHub Enterprise Server does not know $/",
    ({ environment }) => {
      environment["GITHUB_SERVER_URL"] = "https://github.example.com";
    },
    ["Runner", "change", /github\.example\.com is a GitHub Enterprise Server/, /examples\/enterprise-server/],
  ),
];

describe("one thing wrong", () => {
  it.each(cases)("$name", async ({ change, topic, state, what, remedy }) => {
    const world = makeWorld();
    change(world);
    const { findings, problems } = await examined(world);
    expect(problems).toEqual([]);
    expect(problemsIn(findings)).toContainEqual({
      topic,
      state,
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy),
    });
    // The thing that is wrong is all that is said, apart from what follows from it in the same or another topic.
    expect(problemsIn(findings).length).toBeLessThanOrEqual(4);
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

describe("the report", () => {
  const findings: Finding[] = [
    { topic: "Clock", state: "fine", what: "agrees" },
    { topic: "Login", state: "change", what: "first", remedy: "the same" },
    { topic: "Login", state: "change", what: "second", remedy: "the same" },
    { topic: "Pins", state: "not-checked", what: "third", remedy: "another" },
  ];

  it("groups by topic, and gives one remedy for several things once", () => {
    expect(table(findings)).toBe(
      [
        "Login        ✗ first",
        "             ✗ second",
        "               → the same",
        "Pins         ? third",
        "               → another",
        "Clock        ✓ agrees",
        "",
        "✗ 2 to change, · 0 to improve, ? 1 not checked, ✓ 1 fine",
      ].join("\n"),
    );
    expect(counts(findings)).toEqual({ fine: 1, advice: 0, change: 2, "not-checked": 1 });
  });
});

describe("inputs", () => {
  const read = (given: Record<string, string>) => readInputs((name) => given[name] ?? "");

  it("are what the help describes", () => {
    const asked: string[] = [];
    readInputs((name) => (asked.push(name), ""));
    expect(new Set(asked)).toEqual(new Set(Object.keys(doctorInputs)));
  });

  it("of the wrong form are refused", () => {
    expect(() => read({ repository: "https://github.com/a/b", service: "api" })).toThrow(
      /must be OWNER\/NAME[\s\S]*cluster: is required with service/,
    );
  });

  it("leaves a missing variable to the check", async () => {
    const world = makeWorld();
    world.routes[`${path}/actions/variables`] = withoutVariable("AWS_DEPLOY_ROLE");
    const { findings } = await examined(world);
    expect(problemsIn(findings).map(({ topic, state }) => `${topic} ${state}`)).toEqual([
      "Login not-checked",
      "Variables change",
      "Permissions not-checked",
      "Time limits not-checked",
    ]);
  });
});
