// What doctor says: each finding with its remedy.
import { isCredentialsExpired, isUnavailable, toUserError } from "../../../actions/shared/src/aws.ts";
import { messageOf } from "../../../actions/shared/src/errors.ts";
import { GitHubError } from "../github/github.ts";

export const topics = [
  "Login",
  "Environment",
  "Variables",
  "Permissions",
  "Service",
  "Images",
  "Runner",
  "Pins",
  "Time limits",
  "Clock",
  "Region",
] as const;
export type Topic = (typeof topics)[number];

/** `change`: something does not work, or will not; `advice`: it works, and could be better. */
export type State = "fine" | "advice" | "change" | "not-checked";

export interface Finding {
  topic: Topic;
  state: State;
  what: string;
  /** A command, or a line to change; of what was not checked, what to give doctor. */
  remedy?: string | undefined;
}

export type Answer = Omit<Finding, "topic">;

export const fine = (what: string): Answer => ({ state: "fine", what });
export const advice = (what: string, remedy: string): Answer => ({ state: "advice", what, remedy });
export const change = (what: string, remedy: string): Answer => ({ state: "change", what, remedy });
export const notChecked = (what: string, remedy: string): Answer => ({ state: "not-checked", what, remedy });

/** A fact that cannot be known here. It is thrown where the fact is read, and ends only the checks that need it. */
export class UnknownFact extends Error {
  override name = "UnknownFact";
  readonly remedy: string;

  constructor(what: string, remedy: string, options: { cause?: unknown } = {}) {
    super(what, options);
    this.remedy = remedy;
  }
}

/** Runs one check; whatever it cannot know is a finding of its own. */
export async function answersOf(topic: Topic, check: () => Promise<Answer[]>): Promise<Finding[]> {
  const answers = await check().catch((error: unknown) => [unknownBecause(error)]);
  // Several jobs can depend on one thing that is not known.
  return [...new Map(answers.map((answer) => [answer.what, { topic, ...answer }])).values()];
}

export function unknownBecause(error: unknown): Answer {
  if (error instanceof UnknownFact) return notChecked(error.message, error.remedy);
  return notChecked(`this check ended with an error: ${messageOf(error).split("\n")[0]}`, "Report it, please.");
}

export const tokenHint =
  "GH_TOKEN=$(gh auth token) rainbow-deploy doctor, with a token that reads actions, administration and variables of the repository.";

/** Reads from GitHub; a 404 can be an answer, and is passed on. */
export async function fromGitHub<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GitHubError) || error.status === 404) throw error;
    const remedy = error.status === undefined ? "Check the network, GITHUB_API_URL and HTTPS_PROXY." : tokenHint;
    throw new UnknownFact(`${what}: ${error.message}`, remedy, { cause: error });
  }
}

/** Names of errors by which AWS says that a thing is not there. */
const absent = /^NoSuchEntity|NotFoundException$/;

/** Whether AWS has said that a thing is not there. */
export const isAbsent = (error: unknown): boolean => error instanceof Error && absent.test(error.name);

/** Reads from AWS; that a thing is not there can be an answer, and is passed on. */
export async function fromAws<T>(call: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnknownFact || isAbsent(error)) throw error;
    const [what = "", ...rest] = toUserError(call, error).message.split("\n");
    const isLogin =
      isCredentialsExpired(error) || (error instanceof Error && error.name === "CredentialsProviderError");
    if (isLogin) throw new UnknownFact(what, loginHint, { cause: error });
    if (!isUnavailable(error))
      throw new UnknownFact([what, ...rest].join(" ").slice(0, 400), awsHint, { cause: error });
    const [denied, add] = what.split(/ (?=Add to the role's policy: )/);
    throw new UnknownFact(denied ?? what, add ?? "Use credentials that may read it.", { cause: error });
  }
}

export const regionHint = "Set it as the workflows have it: export AWS_REGION=ap-northeast-1";
const awsHint = "Check AWS_REGION, AWS_ENDPOINT_URL and the network, and run doctor again.";
const loginHint = "Log in: aws sso login, AWS_PROFILE, or in a job the step aws-actions/configure-aws-credentials.";
