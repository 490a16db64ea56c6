// The options of init → answers, or all problems at once.
import type { InputReader } from "../../../actions/shared/src/inputs.ts";
import type { InputDescription } from "../verb.ts";
import { ways, type Answers, type Ingress } from "./answers.ts";

export const initInputs: Record<string, InputDescription> = {
  repository: { description: "GitHub repository of the service, OWNER/NAME. Default: the one of the remote origin." },
  "repository-id": { description: "Its ID. Default: gh is asked." },
  "repository-owner-id": { description: "ID of its owner. Default: gh is asked." },
  way: {
    description:
      "How the workflows use the toolkit: reusable (its reusable workflows, build and deployment in separate jobs), actions (one action per step), or one-step (the root action).",
    default: "reusable",
  },
  branch: { description: "Branch that is deployed.", default: "main" },
  environment: { description: "GitHub environment of the deployments.", default: "production" },
  reviewers: { description: "GitHub logins of those who approve deployments, separated by commas. Default: nobody." },
  name: { description: "Name of service, cluster and image repository. Default: the repository's." },
  container: { description: "Name of the container.", default: "app" },
  region: { description: "AWS region. Default: AWS_REGION." },
  zones: { description: "Two or more availability zones of the new network. Default: two of the region." },
  dockerfile: { description: "Path of the Dockerfile.", default: "Dockerfile" },
  port: { description: "Port that the container listens on. Default: EXPOSE, ENV PORT or the framework's." },
  user: { description: "ID of the user that the container runs as, not root. Default: that of USER, or 1001." },
  "health-path": {
    description:
      "Path that answers 200 as long as the service is healthy. Default: that of HEALTHCHECK, the framework's, or /.",
  },
  "reports-version": {
    description:
      'Whether the service returns its commit as {"commit": "…"} at /version, so that the smoke test can see the new version. Default: whether the Dockerfile has ARG COMMIT, which build-push sets.',
  },
  cpu: { description: "CPU units of a task.", default: "256" },
  memory: { description: "Memory of a task in MiB.", default: "512" },
  architecture: { description: "X86_64 or ARM64: that of the image.", default: "X86_64" },
  count: { description: "Tasks that the first deployment starts.", default: "1" },
  "state-bucket": { description: "S3 bucket of Terraform's state. Default: OWNER-NAME-terraform." },
  folder: { description: "Folder of the Terraform files.", default: "infra" },
  "certificate-arn": { description: "ACM certificate of the load balancer, which makes it answer HTTPS; needs url." },
  url: { description: "URL of the service. Default: the name of the load balancer." },
  "cluster-arn": { description: "ARN of an existing cluster. Default: a new one." },
  "target-group-arn": {
    description: "Target group (type ip) of an existing load balancer; needs url and an existing network.",
  },
  "vpc-id": { description: "Existing VPC for the load balancer. Default: a new network." },
  "public-subnets": { description: "Existing subnets of the load balancer, separated by commas." },
  "private-subnets": { description: "Existing subnets of the tasks, separated by commas." },
  "load-balancer-security-group": { description: "Existing security group of the load balancer." },
  "service-security-group": { description: "Existing security group of the tasks." },
  ref: {
    description:
      "Commit of the toolkit, or tag such as v1, that everything is pinned to. Default: the commit that this command is from.",
  },
  "dry-run": { description: "Shows what would be written, and writes nothing.", default: "false" },
  force: { description: "Overwrites files that differ.", default: "false" },
};

interface Pattern {
  pattern: RegExp;
  /** What it must be, for example what. */
  rule: string;
}

const patterns = {
  repository: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/,
    rule: "OWNER/NAME, for example somebody/shop",
  },
  id: { pattern: /^[1-9]\d*$/, rule: "a number: gh api repos/OWNER/NAME --jq '.id, .owner.id'" },
  branch: { pattern: /^[A-Za-z0-9][A-Za-z0-9._/-]*$/, rule: "the name of one branch, for example main" },
  environment: { pattern: /^[A-Za-z0-9._-]+$/, rule: "letters, digits, dots, underscores and hyphens" },
  // As the shortest of what is named after it allows: a load balancer has 32 characters, network a letter first.
  name: {
    pattern: /^(?!internal-)[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,31}$/,
    rule: "2 to 32 lower-case letters, digits and single hyphens, beginning with a letter, for example my-service",
  },
  container: { pattern: /^[A-Za-z0-9_-]{1,255}$/, rule: "letters, digits, hyphens and underscores, for example app" },
  region: { pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, rule: "an AWS region, for example ap-northeast-1" },
  path: { pattern: /^(?!\/|.*\.\.)[A-Za-z0-9._/-]+$/, rule: "a path inside of the repository" },
  healthPath: { pattern: /^\/[A-Za-z0-9/._~-]*$/, rule: "a path without a query, for example /health" },
  user: { pattern: /^[1-9]\d*(:[1-9]\d*)?$/, rule: "the ID of a user other than root, for example 1001" },
  bucket: { pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, rule: "3 to 63 lower-case letters, digits and hyphens" },
  url: {
    pattern: /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9/._~-]*)?$/,
    rule: "a URL, for example https://shop.example.com/",
  },
  certificate: {
    pattern: /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    rule: "the ARN of an ACM certificate",
  },
  cluster: {
    pattern: /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9_-]+$/,
    rule: "the ARN of an ECS cluster",
  },
  targetGroup: {
    pattern: /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[^/\s"]+\/[0-9a-z]+$/,
    rule: "the ARN of a target group",
  },
  vpc: { pattern: /^vpc-[0-9a-z]+$/, rule: "the ID of a VPC, for example vpc-0123456789abcdef0" },
  subnet: { pattern: /^subnet-[0-9a-z]+$/, rule: "IDs of subnets, for example subnet-0123456789abcdef0" },
  group: { pattern: /^sg-[0-9a-z]+$/, rule: "the ID of a security group, for example sg-0123456789abcdef0" },
  login: { pattern: /^[A-Za-z0-9][A-Za-z0-9-]*$/, rule: "GitHub logins, separated by commas" },
  ref: {
    pattern: /^([0-9a-f]{40}|v[0-9][A-Za-z0-9.-]*)$/,
    rule: "a commit of 40 hexadecimal digits, or a tag such as v1",
  },
} satisfies Record<string, Pattern>;

/** Answers that match what they are for, wherever they come from. */
class AnswerReader {
  readonly read: InputReader;

  constructor(read: InputReader) {
    this.read = read;
  }

  optional(name: string, kind: keyof typeof patterns): string | undefined {
    const value = this.read.optional(name);
    if (value !== undefined && !patterns[kind].pattern.test(value))
      this.read.problem(`${name}: must be ${patterns[kind].rule}, not "${value}"`);
    return value;
  }

  required(name: string, kind: keyof typeof patterns): string {
    const value = this.optional(name, kind);
    if (value === undefined) this.read.problem(`${name}: is required: ${patterns[kind].rule}`);
    return value ?? "";
  }

  names(name: string, kind: keyof typeof patterns, fewest = 0): string[] {
    const values = this.read.names(name);
    for (const value of values)
      if (!patterns[kind].pattern.test(value))
        this.read.problem(`${name}: must be ${patterns[kind].rule}, not "${value}"`);
    if (values.length < fewest) this.read.problem(`${name}: needs ${fewest} or more: ${patterns[kind].rule}`);
    return values;
  }
}

/** @param ignored what .dockerignore gets besides what every repository has */
export function readAnswers(read: InputReader, toolkit: string, ignored: string[]): Answers {
  const reader = new AnswerReader(read);
  const region = reader.required("region", "region");
  const count = (name: string, fallback: number, range: { min: number; max: number }) =>
    read.whole(name, fallback, range);
  return {
    toolkit: { repository: toolkit, ref: reader.required("ref", "ref") },
    way: read.choice("way", ways, "reusable"),
    repository: reader.required("repository", "repository"),
    repositoryId: reader.required("repository-id", "id"),
    ownerId: reader.required("repository-owner-id", "id"),
    branch: reader.required("branch", "branch"),
    environment: reader.required("environment", "environment"),
    reviewers: reader.names("reviewers", "login"),
    name: reader.required("name", "name"),
    container: reader.required("container", "container"),
    region,
    dockerfile: reader.required("dockerfile", "path"),
    ignored,
    port: portOf(read),
    user: reader.required("user", "user"),
    healthPath: reader.required("health-path", "healthPath"),
    reportsVersion: read.boolean("reports-version", false),
    // What Fargate offers for these: infra/modules/task refuses other pairs.
    cpu: count("cpu", 256, { min: 256, max: 32_768 }),
    memory: count("memory", 512, { min: 512, max: 249_856 }),
    architecture: read.choice("architecture", ["X86_64", "ARM64"], "X86_64"),
    count: count("count", 1, { min: 1, max: 5000 }),
    stateBucket: reader.required("state-bucket", "bucket"),
    folder: reader.required("folder", "path"),
    url: reader.optional("url", "url"),
    clusterArn: reader.optional("cluster-arn", "cluster"),
    ingress: ingressOf(reader, region),
  };
}

function portOf(read: InputReader): number {
  if (read.optional("port") === undefined)
    read.problem(
      "port: is required: neither the Dockerfile (EXPOSE, ENV PORT) nor a framework says which, for example 8080",
    );
  return read.whole("port", 1, { min: 1, max: 65_535 });
}

const ofExisting = [
  "vpc-id",
  "public-subnets",
  "private-subnets",
  "load-balancer-security-group",
  "service-security-group",
];

function ingressOf(reader: AnswerReader, region: string): Ingress {
  const { read } = reader;
  const targetGroupArn = reader.optional("target-group-arn", "targetGroup");
  const certificateArn = reader.optional("certificate-arn", "certificate");
  const zones = read.names("zones");
  const given = ofExisting.filter((name) => read.optional(name) !== undefined);
  if (certificateArn !== undefined && read.optional("url") === undefined)
    read.problem("url: is required with certificate-arn: the URL at which the certificate is valid");
  if (given.length === 0 && targetGroupArn === undefined)
    return { kind: "new network", zones: checkedZones(read, zones, region), certificateArn };
  const network = () => ({
    privateSubnets: reader.names("private-subnets", "subnet", 1),
    serviceGroup: reader.required("service-security-group", "group"),
  });
  if (targetGroupArn === undefined)
    return {
      kind: "existing network",
      network: network(),
      vpcId: reader.required("vpc-id", "vpc"),
      publicSubnets: reader.names("public-subnets", "subnet", 2),
      loadBalancerGroup: reader.required("load-balancer-security-group", "group"),
      certificateArn,
    };
  if (read.optional("url") === undefined)
    read.problem(
      "url: is required with target-group-arn: the URL of the load balancer, for example https://shop.example.com/",
    );
  for (const name of ["vpc-id", "public-subnets", "load-balancer-security-group", "certificate-arn"])
    if (read.optional(name) !== undefined)
      read.problem(
        `${name}: is of a new load balancer, but target-group-arn is of an existing one: leave one of them out`,
      );
  return { kind: "existing load balancer", network: network(), targetGroupArn };
}

function checkedZones(read: InputReader, zones: string[], region: string): string[] {
  for (const zone of zones)
    if (!/^[a-z]$/.test(zone.replace(region, "")))
      read.problem(`zones: ${zone} is not a zone of ${region}, such as ${region}a`);
  if (zones.length < 2 && region !== "")
    read.problem(
      "zones: needs two or more: aws ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName'",
    );
  return zones;
}
