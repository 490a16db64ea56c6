// Links into the AWS console, from the ARN or image name that AWS itself gave: it says partition and region.
import { link, type Markup, type Text } from "./markup.ts";

/**
 * Partition → domain; a region's console is a host within it: https://REGION.console.aws.amazon.com (AWS General
 * Reference, "AWS Management Console endpoints"). Other partitions are not on the internet.
 */
const domains: Record<string, string> = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** As the SDKs write a service in AWS_ENDPOINT_URL_…: its service id in capitals, with _ for spaces. */
type ServiceId = "ECS" | "CLOUDWATCH_LOGS" | "ECR";

interface ConsolePage {
  service: ServiceId;
  partition: string;
  region: string;
  path: string;
  /** Behind the #, where the page is one of those. */
  fragment?: string;
}

/** undefined where no console shows it: behind a custom endpoint, or in an unknown partition or region. */
function consoleUrl({ service, partition, region, path, fragment }: ConsolePage): string | undefined {
  const { AWS_ENDPOINT_URL: endpoint, [`AWS_ENDPOINT_URL_${service}`]: ownEndpoint } = process.env;
  const domain = domains[partition];
  if (endpoint || ownEndpoint || domain === undefined || !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) return undefined;
  return `https://${region}.${domain}/${path}?region=${region}${fragment === undefined ? "" : `#${fragment}`}`;
}

const linkTo = (label: Text, page: ConsolePage): Markup | undefined => {
  const url = consoleUrl(page);
  return url === undefined ? undefined : link(label, url);
};

const placeOf = (arn: string): { partition: string; region: string } => {
  const [, partition = "", , region = ""] = arn.split(":");
  return { partition, region };
};

/** Name of a cluster or service that was given as a name or an ARN. */
const nameOf = (text: string): string => encodeURIComponent(text.split("/").at(-1) ?? text);

/** The service's page, from the ARN of anything in its region. */
export const serviceLink = (arn: string, { cluster, service }: { cluster: string; service: string }) =>
  linkTo("ECS service", {
    service: "ECS",
    ...placeOf(arn),
    path: `ecs/v2/clusters/${nameOf(cluster)}/services/${nameOf(service)}/health`,
  });

/**
 * The console decodes this part of its fragment twice, with $ for %: "/" is $252F. AWS does not document these links;
 * this is what the console itself puts into the address bar.
 */
const encodedTwice = (text: string): string => encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");

/** A log group, or a stream in it. `region`: where the driver writes, if not where the service is. */
export function logsLink(
  label: Text,
  arn: string,
  { group, stream, region }: { group: string; stream?: string; region?: string | undefined },
): Markup | undefined {
  const place = placeOf(arn);
  const events = stream === undefined ? "" : `/log-events/${encodedTwice(stream)}`;
  return linkTo(label, {
    service: "CLOUDWATCH_LOGS",
    partition: place.partition,
    region: region ?? place.region,
    path: "cloudwatch/home",
    fragment: `logsV2:log-groups/log-group/${encodedTwice(group)}${events}`,
  });
}

/** An image in ECR by its digest: "123456789012.dkr.ecr.REGION.amazonaws.com/NAME@sha256:…". */
export function imageLink(label: Text, image: string): Markup | undefined {
  const [, account, region, suffix, name, digest] =
    /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(\.cn)?\/([^@:]+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  if (account === undefined || region === undefined || name === undefined) return undefined;
  const partition = suffix ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const repository = name.split("/").map(encodeURIComponent).join("/");
  return linkTo(label, {
    service: "ECR",
    partition,
    region,
    path: `ecr/repositories/private/${account}/${repository}/_/image/${digest}/details`,
  });
}
