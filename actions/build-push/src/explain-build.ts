// A failed build or push → what failed, where, and what to change; not the whole log.
import { stripVTControlCharacters } from "node:util";
import { lastLines } from "../../shared/src/process.ts";

/** As many lines of a failed step as help; the log has them all. */
const shown = 15;

type Hints = [RegExp, string][];

const always: Hints = [
  [
    /no space left on device/i,
    "The disk of the runner is full. Remove what is not needed before this step (docker system prune --all --force), or use a larger runner.",
  ],
  [
    /cannot connect to the docker daemon|is the docker daemon running|error during connect/i,
    "The Docker engine does not answer, or has gone away. Start it, or use a runner that has it.",
  ],
  [
    /exit code: 137|non-zero code: 137|signal: killed/i,
    "It was killed, most likely for want of memory: use a larger runner, or let the step use less.",
  ],
];

/** Of what the build starts from. */
const onPulling: Hints = [
  [
    /toomanyrequests|rate limit/i,
    "The registry of a base image has had too many requests from here. Log in to it before this step, or take the image from a mirror (ECR pull-through cache).",
  ],
  [
    /x509: |certificate signed by unknown authority/i,
    "The registry's certificate is not known here. On a network that inspects TLS, the engine needs its certificate authority.",
  ],
  [/no match for platform|no matching manifest/i, "The base image is not there for this platform."],
  [
    /pull access denied|manifest unknown|not found|unauthorized|\b40[13]\b/i,
    "The base image cannot be pulled. Check its name in the Dockerfile, and log in to its registry before this step.",
  ],
  [
    /no such host|dial tcp|failed to do request|i\/o timeout/i,
    "The registry of the base image cannot be reached from here. Check its name in the Dockerfile, and the runner's way to it.",
  ],
];

const onRunning: Hints = [
  [
    /exec format error/i,
    "Programs of the image cannot run on this machine: build on a machine of the platform, or register QEMU (docker/setup-qemu-action).",
  ],
];

const onPushing: Hints = [
  [
    /authorization token has expired|no basic auth credentials|\b401 Unauthorized/i,
    "The registry does not know this login. Are the job's AWS credentials of the account that owns the repository?",
  ],
  [
    /repository .* (does not exist|not found)|name unknown|NAME_UNKNOWN|RepositoryNotFound/i,
    "The repository does not exist in this registry. Create it, or set create-repository: true.",
  ],
  [
    /denied|AccessDenied|\b403 Forbidden/i,
    "The role of this job may not push here. What it needs: actions/build-push/iam-policy.json.",
  ],
  [/tag invalid|TAG_INVALID|immutable/i, "The tag is on another image, and tags of this repository do not move."],
  [/toomanyrequests|rate exceeded/i, "The registry throttles: run this again."],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|EOF$/im,
    "The registry cannot be reached from the Docker engine. Check registry, and the engine's proxy.",
  ],
];

const hintFor = (text: string, hints: Hints): string | undefined => hints.find(([pattern]) => pattern.test(text))?.[1];

/** What docker build has said, standard output and error in one → a message. */
export function explainBuild(output: string, code: number): string {
  const text = stripVTControlCharacters(output);
  const step = failedInBuildKit(text) ?? failedInClassic(text);
  const what = step?.lines.join("\n") ?? lastLines(text, shown);
  const hints = [...always, ...(step?.kind === "pull" ? onPulling : step?.kind === "push" ? onPushing : onRunning)];
  const hint = hintFor(what, hints);
  return [
    `The build ended with exit code ${code}. ${step ? "What failed:" : "Its last lines:"}`,
    indent(what),
    ...(hint ? [hint] : []),
  ].join("\n");
}

/** What docker push has said → a message. */
export function explainPush(output: string, reference: string, code: number): string {
  const hint = hintFor(output, [...always, ...onPushing]);
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

interface FailedStep {
  lines: string[];
  kind: "pull" | "run" | "push";
}

/**
 * BuildKit repeats the failed step between two lines of dashes, then, if it is new enough, says where it stands:
 * ` > [build 4/6] RUN npm ci:`, its lines with their times, `Dockerfile:10`.
 */
function failedInBuildKit(text: string): FailedStep | undefined {
  const error = /^ERROR: (?:failed to (?:build: )?(?:failed to )?solve: )?(.*)$/m.exec(text)?.[1];
  const block = [...text.matchAll(/^------\n > ([^]*?)\n------$/gm)].at(-1)?.[1];
  if (error === undefined) return undefined;
  const [title = "", ...lines] = (block ?? "").split("\n");
  const place = [...text.matchAll(/^([^\s:]+):(\d+)\n-{4,}$/gm)].at(-1);
  const where = place ? `${place[1]}, line ${place[2]}: ` : "";
  // The command is in the title already.
  const end =
    /(exit code: \d+)$/.exec(error)?.[1] ??
    error
      .replace(/^rpc error: code = \w+ desc = /, "")
      .replace("failed to solve with frontend dockerfile.v0: failed to create LLB definition: ", "");
  const kind =
    /load metadata|\bFROM\b/.test(title) && !/\bRUN\b/.test(title)
      ? "pull"
      : /failed to push|exporting to image|pushing/.test(`${title} ${error}`)
        ? "push"
        : "run";
  return {
    lines: [`${where}${title.replace(/:\s*$/, "")}`, ...lines.slice(-shown), end].filter((line) => line.trim() !== ""),
    kind,
  };
}

/** The classic builder says `Step 4/9 : RUN npm ci`, the step's lines, then why it has stopped. */
function failedInClassic(text: string): FailedStep | undefined {
  const last = [...text.matchAll(/^Step \d+\/\d+ : .*$/gm)].at(-1);
  if (!last) return undefined;
  const lines = text
    .slice(last.index + last[0].length)
    .split("\n")
    .filter(
      (line) =>
        line.trim() !== "" &&
        !/^( ---> |Removing intermediate container|DEPRECATED|\s+BuildKit is currently disabled|\s+environment-variable)/.test(
          line,
        ),
    );
  return { lines: [last[0], ...lines.slice(-shown)], kind: /: FROM\b/i.test(last[0]) ? "pull" : "run" };
}

/** The text without the values, and without each line of those that have several. */
export function redact(text: string, secrets: Iterable<string>): string {
  const values = [...secrets]
    .flatMap((secret) => [secret, ...secret.split("\n")])
    .map((value) => value.trim())
    .filter((value) => value.length > 2);
  return values.toSorted((a, b) => b.length - a.length).reduce((safe, value) => safe.replaceAll(value, "***"), text);
}
