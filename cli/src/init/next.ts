// What is left to do by hand, in order: each command can be pasted as it is, and be run twice.
import type { Answers } from "./answers.ts";
import type { File } from "./files.ts";

export interface Step {
  title: string;
  commands: string[];
}

export function nextSteps(answers: Answers, files: File[]): Step[] {
  const { folder, branch, healthPath } = answers;
  const paths = [...files.filter(({ path }) => !path.startsWith(`${folder}/`)).map(({ path }) => path), folder];
  return [
    {
      title: "Once per account: the bucket of Terraform's state, and GitHub's identity provider",
      commands: account(answers),
    },
    {
      title: "Image repository, cluster, service without tasks, load balancer and roles; from here on it costs money",
      commands: [`terraform -chdir=${folder} init`, `terraform -chdir=${folder} apply`],
    },
    { title: "The GitHub environment with its rules, and the variables of the workflows", commands: github(answers) },
    {
      title: "The first deployment",
      commands: [
        `git add ${paths.join(" ")}`,
        'git commit -m "Deploy to Amazon ECS"',
        `git push origin HEAD:${branch}`,
        "gh run watch --exit-status",
      ],
    },
    {
      title: "It answers",
      commands: [
        `curl --fail --silent --show-error "$(terraform -chdir=${folder} output -raw url)${healthPath.slice(1)}"`,
      ],
    },
  ];
}

function account({ stateBucket, region }: Answers): string[] {
  const bucket = `--bucket ${stateBucket} --region ${region}`;
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: us-east-1 is no location constraint.
  const location = region === "us-east-1" ? "" : ` --create-bucket-configuration LocationConstraint=${region}`;
  const issuer = "token.actions.githubusercontent.com";
  return [
    `aws s3api head-bucket ${bucket} 2> /dev/null || aws s3api create-bucket ${bucket}${location}`,
    `aws s3api put-bucket-versioning ${bucket} --versioning-configuration Status=Enabled`,
    `aws iam list-open-id-connect-providers --region ${region} --output text | grep --quiet ${issuer} || aws iam create-open-id-connect-provider --region ${region} --url https://${issuer} --client-id-list sts.amazonaws.com`,
  ];
}

/** https://docs.github.com/en/rest/deployments/environments and …/branch-policies */
function github({ repository, environment, branch, reviewers, folder }: Answers): string[] {
  const path = `repos/${repository}/environments/${environment}`;
  const approvals = reviewers.map((login) => `{"type":"User","id":'"$(gh api users/${login} --jq .id)"'}`);
  const rules = [
    ...(approvals.length > 0 ? [`"reviewers":[${approvals.join()}],"prevent_self_review":true`] : []),
    '"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}',
  ];
  return [
    `echo '{${rules.join()}}' | gh api --method PUT ${path} --input -`,
    `gh api --method POST ${path}/deployment-branch-policies --raw-field name=${branch} --raw-field type=branch`,
    `terraform -chdir=${folder} output -raw variables | gh variable set --repo ${repository} --env-file -`,
  ];
}

export const formatSteps = (steps: Step[]): string =>
  ["Next, one after the other:", ...steps.map(({ title, commands }) => [`# ${title}`, ...commands].join("\n"))].join(
    "\n\n",
  );
