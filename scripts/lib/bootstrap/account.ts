// What an AWS account holds of the toolkit: the bucket with the states, and GitHub's identity provider.
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { IAMClient, ListOpenIDConnectProvidersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Problem } from "../../../infra/local/problem.ts";

/** Key of the state of infra/bootstrap: infra/bootstrap/versions.tf. */
export const bootstrapKey = "rainbow-seeker/bootstrap.tfstate";
const issuer = "token.actions.githubusercontent.com";

export interface Identity {
  account: string;
  arn: string;
}

export interface StateFile {
  key: string;
  /** Number of resources that it manages. */
  resources: number;
}

export interface BucketContents {
  states: StateFile[];
  /** Keys of the locks of operations that are running, or were interrupted. */
  locks: string[];
}

export interface AccountSettings {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  forcePathStyle?: boolean;
}

export class Account {
  private readonly s3: S3Client;
  private readonly iam: IAMClient;
  private readonly sts: STSClient;

  /** Endpoint and credentials that are not given come from the standard environment variables and files. */
  constructor({ forcePathStyle = false, ...settings }: AccountSettings) {
    this.s3 = new S3Client({ ...settings, forcePathStyle });
    this.iam = new IAMClient(settings);
    this.sts = new STSClient(settings);
  }

  async identity(): Promise<Identity> {
    const { Account: account, Arn: arn } = await this.sts.send(new GetCallerIdentityCommand({})).catch((cause) => {
      throw new Problem(
        `AWS does not say who you are: ${(cause as Error).message}`,
        "Log in as an administrator of the account: aws sts get-caller-identity must show you.",
        { cause },
      );
    });
    if (account === undefined || arn === undefined) throw new Error("STS returned neither an account nor an ARN.");
    return { account, arn };
  }

  /** undefined if no bucket has the name. @throws Problem if it belongs to somebody else, or is in another region */
  async bucketContents(bucket: string, { account, region }: { account: string; region: string }) {
    const owner = { Bucket: bucket, ExpectedBucketOwner: account };
    try {
      await this.s3.send(new HeadBucketCommand(owner));
    } catch (cause) {
      const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 404) return undefined;
      if (status === 403)
        throw new Problem(
          `The bucket ${bucket} belongs to another account, or your role may not see it.`,
          "Choose another name with --bucket, or log in with a role that has s3:ListBucket for it.",
          { cause },
        );
      throw cause;
    }
    const { LocationConstraint = "us-east-1" } = await this.s3.send(new GetBucketLocationCommand(owner));
    if (LocationConstraint !== region)
      throw new Problem(
        `The bucket ${bucket} is in ${LocationConstraint}, not in ${region}.`,
        `Use it where it is: --region ${LocationConstraint}; or choose another name with --bucket.`,
      );
    return this.contents(bucket);
  }

  private async contents(bucket: string): Promise<BucketContents> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.s3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    const states = keys.filter((key) => key.endsWith(".tfstate"));
    return {
      states: await Promise.all(states.map(async (key) => ({ key, resources: await this.resourcesIn(bucket, key) }))),
      locks: keys.filter((key) => key.endsWith(".tflock")),
    };
  }

  private async resourcesIn(bucket: string, key: string): Promise<number> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const state = JSON.parse((await Body?.transformToString()) ?? "{}") as { resources?: { mode: string }[] };
    return (state.resources ?? []).filter(({ mode }) => mode === "managed").length;
  }

  /** ARN of GitHub's identity provider, if the account has it. */
  async githubProvider(): Promise<string | undefined> {
    const { OpenIDConnectProviderList = [] } = await this.iam.send(new ListOpenIDConnectProvidersCommand({}));
    return OpenIDConnectProviderList.map(({ Arn }) => Arn).find((arn) => arn?.endsWith(`/${issuer}`));
  }
}
