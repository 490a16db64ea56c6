// A failed build or push → what failed, where, and what to change, instead of the whole log.
import { lastLines } from "../../shared/src/process.ts";
import { cleanText } from "../../shared/src/summary/markup.ts";

/** Lines shown of a failed step; the log has all of them. */
const maxLines = 15;

type Hints = [RegExp, string][];

const generalHints: Hints = [
  [
    /no space left on device/i,
    "The runner's disk is full. Free space before this step (docker system prune --all --force), " +
      "or use a larger runner.",
  ],
  [
    /cannot connect to the docker daemon|is the docker daemon running|error during connect/i,
    "The Docker engine does not respond, or has stopped. Start it, or use a runner with Docker.",
  ],
  [
    /exit code: 137|non-zero code: 137|signal: killed/i,
    "The process was killed, most likely because the runner ran out of memory. " +
      "Use a larger runner, or reduce the memory that the step needs.",
  ],
];

/** For base images. */
const pullHints: Hints = [
  [
    /toomanyrequests|rate limit/i,
    "The registry of a base image limits the pull rate. Log in to it before this step, " +
      "or use a mirror (ECR pull-through cache).",
  ],
  [
    /x509: |certificate signed by unknown authority/i,
    "The registry's certificate is not trusted. On a network that inspects TLS, " +
      "add its certificate authority to the engine.",
  ],
  [/no match for platform|no matching manifest/i, "The base image does not exist for this platform."],
  [
    /pull access denied|manifest unknown|not found|unauthorized|\b40[13]\b/i,
    "The base image cannot be pulled. Check its name in the Dockerfile, and log in to its registry before this step.",
  ],
  [
    /no such host|dial tcp|failed to do request|i\/o timeout/i,
    "The registry of the base image cannot be reached. Check its name in the Dockerfile, and the runner's network.",
  ],
];

const runHints: Hints = [
  [
    /exec format error/i,
    "The image is for another CPU architecture than this runner. Build on a runner of that platform, " +
      "or register QEMU (docker/setup-qemu-action).",
  ],
];

const pushHints: Hints = [
  [
    /authorization token has expired|no basic auth credentials|\b401 Unauthorized/i,
    "The registry rejected the login. Check that the job's AWS credentials belong to the account of the repository.",
  ],
  [
    /repository .* (does not exist|not found)|name unknown|NAME_UNKNOWN|RepositoryNotFound/i,
    "The repository does not exist in this registry. Create it, or set create-repository: true.",
  ],
  [
    /denied|AccessDenied|\b403 Forbidden/i,
    "The job's role lacks the permission to push. The permissions it needs: actions/build-push/iam-policy.json.",
  ],
  [/tag invalid|TAG_INVALID|immutable/i, "The tag points to another image, and the repository's tags are immutable."],
  [/toomanyrequests|rate exceeded/i, "The registry throttles requests. Run this step again."],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|EOF$/im,
    "The registry cannot be reached from the Docker engine. Check the input registry, and the engine's proxy.",
  ],
];

const hintFor = (text: string, hints: Hints): string | undefined => hints.find(([pattern]) => pattern.test(text))?.[1];

/** The output of docker build (standard output and error) → a message. */
export function explainBuild(output: string, code: number): string {
  const text = cleanText(asShown(output));
  const step = failedInBuildKit(text) ?? failedInClassic(text);
  const excerpt = step?.lines.join("\n") ?? lastLines(text, maxLines);
  const hint = hintFor(excerpt, [...generalHints, ...stepHints[step?.kind ?? "run"]]);
  return [
    `The build ended with exit code ${code}. ${step ? "Failed step:" : "Last lines:"}`,
    indent(excerpt),
    ...(hint ? [hint] : []),
  ].join("\n");
}

/** Of a line that was written over, as progress bars do, what stays. */
const asShown = (output: string): string => output.replaceAll(/^[^\n]*\r(?!\n)/gm, "");

/** The output of docker push → a message. */
export function explainPush(pushOutput: string, reference: string, code: number): string {
  const output = cleanText(asShown(pushOutput));
  const hint = hintFor(output, [...generalHints, ...pushHints]);
  return [
    `docker push of ${reference} ended with exit code ${code}:`,
    indent(lastLines(output, 4)),
    ...(hint ? [hint] : []),
  ].join("\n");
}

const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");

type StepKind = "pull" | "run" | "push";

const stepHints: Record<StepKind, Hints> = { pull: pullHints, run: runHints, push: pushHints };

interface FailedStep {
  lines: string[];
  kind: StepKind;
}

/**
 * BuildKit repeats the failed step between two lines of dashes, and newer versions then print its location:
 * ` > [build 4/6] RUN npm ci:`, its output with timestamps, `Dockerfile:10`.
 */
function failedInBuildKit(text: string): FailedStep | undefined {
  const error = /^ERROR: (?:failed to (?:build: )?(?:failed to )?solve: )?(.*)$/m.exec(text)?.[1];
  const block = [...text.matchAll(/^------\n > ([^]*?)\n------$/gm)].at(-1)?.[1];
  if (error === undefined) return undefined;
  const [title = "", ...lines] = (block ?? "").split("\n");
  const position = [...text.matchAll(/^([^\s:]+):(\d+)\n-{4,}$/gm)].at(-1);
  const location = position ? `${position[1]}, line ${position[2]}: ` : "";
  const shown = [`${location}${title.replace(/:\s*$/, "")}`, ...lines.slice(-maxLines), causeOf(error)];
  return { lines: shown.filter((line) => line.trim() !== ""), kind: kindOf(title, error) };
}

/** The last part of BuildKit's error: the title already has the command. */
const causeOf = (error: string): string =>
  /(exit code: \d+)$/.exec(error)?.[1] ??
  error
    .replace(/^rpc error: code = \w+ desc = /, "")
    .replace("failed to solve with frontend dockerfile.v0: failed to create LLB definition: ", "");

function kindOf(title: string, error: string): StepKind {
  if (/load metadata|\bFROM\b/.test(title) && !/\bRUN\b/.test(title)) return "pull";
  return /failed to push|exporting to image|pushing/.test(`${title} ${error}`) ? "push" : "run";
}

/** Lines of the classic builder that say nothing about the failure. */
const classicNoise = new RegExp(
  [
    "^( ---> |Removing intermediate container|DEPRECATED",
    "|\\s+BuildKit is currently disabled|\\s+environment-variable)",
  ].join(""),
);

/** The classic builder prints `Step 4/9 : RUN npm ci`, the step's output, then the reason for the failure. */
function failedInClassic(text: string): FailedStep | undefined {
  const last = [...text.matchAll(/^Step \d+\/\d+ : .*$/gm)].at(-1);
  if (!last) return undefined;
  const lines = text
    .slice(last.index + last[0].length)
    .split("\n")
    .filter((line) => line.trim() !== "" && !classicNoise.test(line));
  return { lines: [last[0], ...lines.slice(-maxLines)], kind: /: FROM\b/i.test(last[0]) ? "pull" : "run" };
}

/** Masks the secrets, and each line of a secret that has several. */
export function redact(text: string, secrets: Iterable<string>): string {
  const values = [...secrets]
    .flatMap((secret) => [secret, ...secret.split("\n")])
    .map((value) => value.trim())
    .filter((value) => value.length > 2);
  return values
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, value) => masked.replaceAll(value, "***"), text);
}
