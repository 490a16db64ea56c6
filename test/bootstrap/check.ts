// `npm run bootstrap` and `npm run leave` on a local AWS: from nothing to nothing, interrupted, and with what exists.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProvidersCommand } from "@aws-sdk/client-iam";
import { region } from "../../infra/local/paths.ts";
import { exists, terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { Account, bootstrapKey } from "../../scripts/lib/bootstrap/account.ts";
import { bootstrap, type Dependencies, type Options } from "../../scripts/lib/bootstrap/bootstrap.ts";
import { leave } from "../../scripts/lib/bootstrap/leave.ts";
import { WorkFolder } from "../../scripts/lib/bootstrap/work-folder.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

type Note = (text: string) => void;

/** What the provider and the backend need for an AWS without TLS and without real accounts. */
const provider = `provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
`;
const backend = {
  use_path_style: "true",
  skip_credentials_validation: "true",
  skip_metadata_api_check: "true",
  skip_requesting_account_id: "true",
  skip_region_validation: "true",
};

export function bootstrapCheck(note: Note): Promise<Counts> {
  return withSmallAws({ name: "bootstrap", note, evaluatesPolicies: false, isPopulated: false }, async (context) =>
    inTurn(await stepsOf(context, note), note),
  );
}

async function stepsOf({ aws, folder }: SmallAwsContext, note: Note): Promise<[string, () => Promise<void>][]> {
  const binary = await terraformBinary(note);
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.settings.endpoint,
    AWS_ACCESS_KEY_ID: aws.settings.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.settings.credentials.secretAccessKey,
    AWS_REGION: region,
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_IN_AUTOMATION: "1",
  };
  const s3 = new S3Client({ ...aws.settings, forcePathStyle: true });
  const iam = new IAMClient(aws.settings);
  const account = new Account({ ...aws.settings, forcePathStyle: true });
  const { account: id } = await account.identity();
  const bucket = `rainbow-seeker-terraform-${id}`;
  const lines: string[] = [];
  const dependencies: Dependencies = {
    account,
    workFolder: (_account, settings) =>
      new WorkFolder({
        binary,
        folder: join(folder, "work"),
        env,
        settings,
        print: (line) => lines.push(line),
        backend,
        files: { "provider_override.tf": provider },
      }),
    log: (line) => lines.push(line),
    ask: async () => undefined,
  };
  const options: Options = { region, github: true, dryRun: false, yes: true };
  /** Output of one run. */
  const output = async (command: typeof bootstrap, more: Partial<Options> = {}): Promise<string> => {
    lines.length = 0;
    await command(dependencies, { ...options, ...more });
    return lines.join("\n");
  };
  const buckets = async () => (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name) ?? [];
  const providers = async () =>
    (await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList ?? [];
  const assertNothing = async () => assert.deepEqual([await buckets(), await providers()], [[], []]);
  const putState = (resources: object[]) =>
    s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: "rainbow-seeker/staging.tfstate",
        Body: JSON.stringify({ version: 4, resources }),
      }),
    );

  return [
    [
      "a dry run shows the plan and changes nothing",
      async () => {
        assert.match(await output(bootstrap, { dryRun: true }), /Plan: [78] to add, 0 to change, 0 to destroy/);
        await assertNothing();
      },
    ],
    [
      "nobody to ask: nothing is changed",
      async () => {
        await assert.rejects(output(bootstrap, { yes: false }), /nobody to ask/);
        await assertNothing();
      },
    ],
    [
      "bootstrap creates the bucket and the identity provider",
      async () => {
        await output(bootstrap);
        assert.deepEqual(await buckets(), [bucket]);
        assert.match((await providers())[0]?.Arn ?? "", /oidc-provider\/token\.actions\.githubusercontent\.com$/);
        const Bucket = bucket;
        const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
        assert.equal(Status, "Enabled");
        const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
        assert.equal(
          ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
          "AES256",
        );
        const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
        assert.match(Policy ?? "", /aws:SecureTransport/);
        const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
        assert.deepEqual(Object.values(PublicAccessBlockConfiguration ?? {}), [true, true, true, true]);
      },
    ],
    [
      "the state is in the bucket, and no longer on the disk",
      async () => {
        const contents = await account.bucketContents(bucket, { account: id, region });
        assert.deepEqual(contents?.locks, []);
        assert.equal(contents?.states.length, 1);
        assert.equal(contents?.states[0]?.key, bootstrapKey);
        assert.equal(contents?.states[0]?.resources, 8);
        assert.equal(await exists(join(folder, "work/terraform.tfstate")), false);
      },
    ],
    ["a second run changes nothing", async () => assert.match(await output(bootstrap), /No changes\./)],
    [
      "an environment keeps its state there, with a lock in S3",
      async () => {
        const cwd = join(folder, "work/infra/bootstrap");
        await writeFile(
          join(cwd, "../environment.tf"),
          `terraform {\n  backend "s3" {\n    key          = "rainbow-seeker/other.tfstate"\n    encrypt      = true\n    use_lockfile = true\n  }\n}\n\nresource "terraform_data" "one" {}\n`,
        );
        const environment = { cwd: join(cwd, ".."), env: { ...env, TF_DATA_DIR: join(folder, "environment") } };
        const settings = Object.entries({ bucket, region, ...backend }).map(([k, v]) => `-backend-config=${k}=${v}`);
        await run([binary, "init", "-input=false", "-no-color", ...settings], environment);
        const lock = { Bucket: bucket, Key: "rainbow-seeker/other.tfstate.tflock" };
        await s3.send(new PutObjectCommand({ ...lock, Body: '{"ID":"1","Operation":"apply","Who":"somebody"}' }));
        const refused = await attempt([binary, "apply", "-auto-approve", "-input=false", "-no-color"], environment);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /Error acquiring the state lock/);
        await assert.rejects(output(leave), /Somebody works on a state: rainbow-seeker\/other\.tfstate\.tflock/);
        await run([binary, "force-unlock", "-force", "1"], environment);
        await run([binary, "apply", "-auto-approve", "-input=false", "-no-color"], environment);
        await assert.rejects(output(leave), /other\.tfstate \(1 resources\)/);
        await run([binary, "destroy", "-auto-approve", "-input=false", "-no-color"], environment);
      },
    ],
    [
      "leave refuses while an environment has resources",
      async () => {
        await putState([{ mode: "managed", type: "aws_vpc" }]);
        await assert.rejects(output(leave), /rainbow-seeker\/staging\.tfstate \(1 resources\)/);
        assert.deepEqual(await buckets(), [bucket]);
        await putState([{ mode: "data", type: "aws_region" }]);
      },
    ],
    [
      "a dry run of leave changes nothing",
      async () => {
        assert.match(await output(leave, { dryRun: true }), /Plan: 0 to add, 0 to change, 8 to destroy/);
        assert.deepEqual(await buckets(), [bucket]);
      },
    ],
    [
      "leave goes back to nothing",
      async () => {
        assert.match(await output(leave), /has nothing of the toolkit any more/);
        await assertNothing();
        assert.match(await output(leave), /There is nothing to remove/);
      },
    ],
    [
      "an interrupted bootstrap, without GitHub, continues with the state on the disk",
      async () => {
        const work = dependencies.workFolder(id, { bucket, region, github: false });
        await work.prepare();
        await work.useLocalState();
        await work.plan();
        await work.applyPlan();
        const continued = await output(bootstrap, { github: false });
        assert.match(continued, /continuing a bootstrap that was interrupted[^]*No changes\./);
        assert.deepEqual([await buckets(), await providers()], [[bucket], []]);
        assert.equal(await exists(join(folder, "work/terraform.tfstate")), false);
      },
    ],
    [
      "an interrupted leave continues with the state on the disk",
      async () => {
        const work = dependencies.workFolder(id, { bucket, region, github: false });
        await work.prepare();
        await work.useBucket();
        await work.useLocalState({ migrate: true });
        await work.destroy();
        const left = JSON.parse(await readFile(join(folder, "work/terraform.tfstate"), "utf8")) as { resources: [] };
        assert.deepEqual(left.resources, []);
        assert.match(await output(leave, { github: false }), /has nothing of the toolkit any more/);
        await assertNothing();
      },
    ],
    [
      "what was created by hand is imported, not created again",
      async () => {
        await s3.send(
          new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
        );
        await iam.send(
          new CreateOpenIDConnectProviderCommand({
            Url: "https://token.actions.githubusercontent.com",
            ClientIDList: ["sts.amazonaws.com"],
            // As configured: the local AWS cannot change them (TagOpenIDConnectProvider).
            Tags: [
              { Key: "Name", Value: "github-actions" },
              { Key: "Project", Value: "rainbow-seeker" },
            ],
          }),
        );
        await assert.rejects(output(leave), /was not created by npm run bootstrap/);
        assert.match(await output(bootstrap), /Plan: 2 to import/);
        assert.match(await output(bootstrap), /No changes\./);
        await output(leave);
        await assertNothing();
      },
    ],
  ];
}
