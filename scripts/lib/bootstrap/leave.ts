// From an account without environments to an empty one: `npm run leave`.
import { Problem } from "../../../infra/local/problem.ts";
import { bootstrapKey, type BucketContents } from "./account.ts";
import { confirm, defaultBucket, type Dependencies, type Options } from "./bootstrap.ts";

export async function leave(dependencies: Dependencies, options: Options): Promise<void> {
  const { account: aws, log } = dependencies;
  const { account, arn } = await aws.identity();
  const settings = { bucket: options.bucket ?? defaultBucket(account), region: options.region, github: options.github };
  log(`account ${account} in ${settings.region}, as ${arn}`);

  const contents = await aws.bucketContents(settings.bucket, { account, region: settings.region });
  const work = dependencies.workFolder(account, settings);
  const isInBucket = contents?.states.some(({ key }) => key === bootstrapKey) ?? false;
  if (!isInBucket && !(await work.hasLocalState())) {
    if (contents === undefined) return log(`There is nothing to remove: no bucket ${settings.bucket}.`);
    throw new Problem(
      `The bucket ${settings.bucket} was not created by npm run bootstrap: it has no ${bootstrapKey}.`,
      "Name the right bucket with --bucket, or let npm run bootstrap import this one first.",
    );
  }
  if (contents !== undefined) refuseUsed(contents, settings.bucket);

  await work.prepare();
  if (isInBucket) await work.useBucket();
  else await work.useLocalState();
  await work.plan({ destroy: true });
  if (options.dryRun) return log("dry run: nothing was changed");
  const question = `This deletes the bucket ${settings.bucket} with all versions of all states. Type its name to go on: `;
  await confirm(dependencies, { question, answer: settings.bucket, yes: options.yes });

  // The state must survive the bucket that it is in.
  if (isInBucket) await work.useLocalState({ migrate: true });
  await work.destroy();
  await work.removeLocalState();
  const left = [
    (await aws.bucketContents(settings.bucket, { account, region: settings.region })) &&
      `the bucket ${settings.bucket}`,
    settings.github && (await aws.githubProvider()),
  ].filter((one) => one);
  if (left.length > 0)
    throw new Problem(
      `Left in the account: ${left.join(", ")}.`,
      "Somebody created it again meanwhile: delete it by hand.",
    );
  log(`account ${account} has nothing of the toolkit any more`);
}

/** @throws Problem if an environment still has resources, or somebody works on one */
function refuseUsed({ states, locks }: BucketContents, bucket: string): void {
  const used = states.filter(({ key, resources }) => key !== bootstrapKey && resources > 0);
  if (used.length > 0)
    throw new Problem(
      `The bucket ${bucket} has states of what still exists: ${used.map(({ key, resources }) => `${key} (${resources} resources)`).join(", ")}.`,
      "Destroy these environments first: docs/deploy-to-aws.md, Tear down.",
    );
  if (locks.length > 0)
    throw new Problem(
      `Somebody works on a state: ${locks.join(", ")}.`,
      "Wait until it is done. If the operation was interrupted: terraform force-unlock, in the folder of that environment.",
    );
}
