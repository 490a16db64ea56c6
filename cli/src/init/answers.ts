// What init has to know before it can write anything.
/** A network that exists, where none is created. */
export interface ExistingNetwork {
  privateSubnets: string[];
  serviceGroup: string;
}

/** Where requests come from: a load balancer that is created, in a network that is created or exists, or another's. */
export type Ingress =
  | { kind: "new network"; zones: string[]; certificateArn: string | undefined }
  | {
      kind: "existing network";
      network: ExistingNetwork;
      vpcId: string;
      publicSubnets: string[];
      loadBalancerGroup: string;
      certificateArn: string | undefined;
    }
  | { kind: "existing load balancer"; network: ExistingNetwork; targetGroupArn: string };

/** How the workflows use the toolkit: its reusable workflows, one action per step, or the root action. */
export const ways = ["reusable", "actions", "one-step"] as const;
export type Way = (typeof ways)[number];

/** References to other actions, with the tag of their commit: "actions/checkout@3d3c… # v7.0.1". */
export interface Pins {
  checkout: string;
  login: string;
}

export interface Answers {
  /** This toolkit's repository, and the commit or tag that everything is pinned to. */
  toolkit: { repository: string; ref: string };
  way: Way;
  repository: string;
  repositoryId: string;
  ownerId: string;
  branch: string;
  environment: string;
  /** Logins of those who approve deployments. */
  reviewers: string[];
  /** Of service, task definition family, cluster and image repository; first part of all other names. */
  name: string;
  container: string;
  region: string;
  dockerfile: string;
  /** Build results and the like, which the image does not get. */
  ignored: string[];
  port: number;
  /** ID of the user that the container runs as. */
  user: string;
  healthPath: string;
  /** Whether the service returns its commit as {"commit": "…"} at /version. */
  reportsVersion: boolean;
  cpu: number;
  memory: number;
  architecture: "X86_64" | "ARM64";
  count: number;
  stateBucket: string;
  /** Of the Terraform files. */
  folder: string;
  /** Where users reach the service, if that is not the load balancer's own name. */
  url: string | undefined;
  clusterArn: string | undefined;
  ingress: Ingress;
}

/** The cluster's name, which ends its ARN. */
export const clusterOf = ({ clusterArn, name }: Answers): string => clusterArn?.replace(/^.*\//, "") ?? name;
