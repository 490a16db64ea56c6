// What a deployment needs and would otherwise miss half-way: images, secrets, log groups. All that is missing in one
// message. Only what is certain stops the deployment; what a look cannot know is a warning.
import type { RetryContext } from "../aws.ts";
import { ConfigurationError } from "../errors.ts";
import type { Annotate } from "../report.ts";
import { briefly, tryLook } from "./look.ts";
import type { Check, PreflightClients } from "./preflight/check.ts";
import { imageCheck } from "./preflight/image.ts";
import { logGroupCheck, logGroupsOf } from "./preflight/log-group.ts";
import { secretCheck } from "./preflight/secret.ts";
import type { TaskDefinitionInput } from "./task-definition/task-definition.ts";

export interface PreflightSession extends RetryContext, PreflightClients {
  /** undefined: warnings are lines of the log. */
  annotate?: Annotate | undefined;
}

/** @throws ConfigurationError that names everything that is certainly missing. */
export async function preflight(
  session: PreflightSession,
  definition: TaskDefinitionInput,
  {
    account = accountOf(definition.executionRoleArn ?? definition.taskRoleArn),
    more = [],
  }: {
    /** That of the service; undefined: unknown, so that anything may be shared from another one. */
    account?: string | undefined;
    more?: Check[];
  } = {},
): Promise<void> {
  const containers = definition.containerDefinitions ?? [];
  const context = { ...briefly(session), account };
  const images = unique(containers.map(({ image = "" }) => image));
  const sources = unique(containers.flatMap(({ secrets = [] }) => secrets.map(({ valueFrom = "" }) => valueFrom)));
  const checks = [
    ...images.map((image) => imageCheck(context, image)),
    ...sources.map((source) => secretCheck(context, source)),
    ...logGroupsOf(containers).map((group) => logGroupCheck(context, group)),
    ...more,
  ];
  const call = "the preflight";
  const looks = await Promise.all(checks.map((check) => tryLook(session, { call, consequence: unchecked }, check)));
  const found = looks.filter((finding) => finding !== undefined);
  const certain = found.filter(({ isCertain }) => isCertain);
  if (certain.length > 0)
    throw new ConfigurationError(
      `${definition.family} cannot run; nothing was changed.\n${certain.map(({ text }) => `  ${text}`).join("\n")}`,
    );
  for (const { text } of found) {
    if (session.annotate) session.annotate("warning", "preflight", `${definition.family}: ${text}`);
    else session.log(`${definition.family}: ${text}`);
  }
}

const unchecked = "it was not checked before the deployment that what the task definition refers to exists";

const unique = (values: string[]): string[] => [...new Set(values.filter((value) => value !== ""))];

/** The account in an ARN: its fifth part. */
export const accountOf = (arn: string | undefined): string | undefined =>
  /^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):/.exec(arn ?? "")?.[1];
