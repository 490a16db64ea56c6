// What doctor says of permissions, services, images, runners, pins, time limits, clock and region.
import { account, policyDocument } from "./world.ts";
import { deniedByIam, wrong, describeCases } from "./cases.ts";

describeCases([
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
]);
