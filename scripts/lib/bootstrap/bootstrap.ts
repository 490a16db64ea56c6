// From an empty account to one that environments can be applied in: `npm run bootstrap`.
import { Problem } from "../../../infra/local/problem.ts";
import { bootstrapKey, type Account } from "./account.ts";
import type { Settings, WorkFolder } from "./work-folder.ts";

export interface Dependencies {
  account: Pick<Account, "identity" | "bucketContents" | "githubProvider">;
  /** Terraform with a folder of its own for the account and the bucket. */
  workFolder: (account: string, settings: Settings) => WorkFolder;
  log: (text: string) => void;
  /** The answer of the person at the terminal; undefined if there is none. */
  ask: (question: string) => Promise<string | undefined>;
}

export interface Options {
  region: string;
  /** Default: rainbow-seeker-terraform-ACCOUNT. */
  bucket?: string | undefined;
  github: boolean;
  /** Shows the plan, and changes nothing. */
  dryRun: boolean;
  /** Answers the question. */
  yes: boolean;
}

export const defaultBucket = (account: string): string => `rainbow-seeker-terraform-${account}`;

/** @throws Problem unless the answer is the expected one */
export async function confirm(
  { ask }: Pick<Dependencies, "ask">,
  { question, answer, yes }: { question: string; answer: string; yes: boolean },
): Promise<void> {
  if (yes) return;
  const given = await ask(question);
  if (given === undefined)
    throw new Problem("Nothing was changed: there is nobody to ask.", "Confirm with --yes, after a look at --dry-run.");
  if (given.trim() !== answer) throw new Problem("Nothing was changed.", `Answer "${answer}" to go on.`);
}

export async function bootstrap(dependencies: Dependencies, options: Options): Promise<void> {
  const { account: aws, log } = dependencies;
  const { account, arn } = await aws.identity();
  const settings = { bucket: options.bucket ?? defaultBucket(account), region: options.region, github: options.github };
  log(`account ${account} in ${settings.region}, as ${arn}`);

  const contents = await aws.bucketContents(settings.bucket, { account, region: settings.region });
  const work = dependencies.workFolder(account, settings);
  const isInBucket = contents?.states.some(({ key }) => key === bootstrapKey) ?? false;
  if (isInBucket) {
    await work.prepare();
    await work.useBucket();
  } else {
    const isContinued = await work.hasLocalState();
    if (isContinued) log("continuing a bootstrap that was interrupted");
    await work.prepare(await existing(dependencies, { settings, hasBucket: contents !== undefined, isContinued }));
    await work.useLocalState();
  }

  const isChanged = await work.plan();
  if (options.dryRun) return log("dry run: nothing was changed");
  if (isChanged) {
    const question = `Apply this to account ${account}? Only "yes" is accepted: `;
    await confirm(dependencies, { question, answer: "yes", yes: options.yes });
    await work.applyPlan();
  }
  if (!isInBucket) {
    await work.useBucket({ migrate: true });
    await moved(dependencies, work, { settings, account });
  }
  log(`\nThe state of every environment goes into the bucket:`);
  log(`  terraform -chdir=infra/environments/ENVIRONMENT init -backend-config=bucket=${settings.bucket}`);
}

/** Import IDs, by resource, of what exists without a state: it was created by hand, or by an environment. */
async function existing(
  { account: aws, log }: Dependencies,
  { settings, hasBucket, isContinued }: { settings: Settings; hasBucket: boolean; isContinued: boolean },
): Promise<Record<string, string>> {
  if (isContinued) return {};
  const provider = settings.github ? await aws.githubProvider() : undefined;
  if (hasBucket) log(`the bucket ${settings.bucket} exists: it is imported`);
  if (provider !== undefined) log(`GitHub's identity provider exists: it is imported`);
  return {
    ...(hasBucket ? { "module.bootstrap.aws_s3_bucket.state": settings.bucket } : {}),
    ...(provider === undefined ? {} : { "module.bootstrap.aws_iam_openid_connect_provider.github[0]": provider }),
  };
}

/** Removes the local copy of the state, once the one in the bucket is seen to be complete. */
async function moved(
  { account: aws, log }: Dependencies,
  work: WorkFolder,
  { settings, account }: { settings: Settings; account: string },
): Promise<void> {
  const expected = (await work.resources()).length;
  const contents = await aws.bucketContents(settings.bucket, { account, region: settings.region });
  const found = contents?.states.find(({ key }) => key === bootstrapKey)?.resources ?? 0;
  if (expected === 0 || found === 0)
    throw new Problem(
      `The state did not arrive in s3://${settings.bucket}/${bootstrapKey}.`,
      "Run the same command again: the local copy is still there.",
    );
  await work.removeLocalState();
  log(`the state is in s3://${settings.bucket}/${bootstrapKey}`);
}
