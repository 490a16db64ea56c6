// What the job's role may not do: the permission, the statement that adds it, and one warning for each that can be done
// without.
import type { Annotate, Log } from "./report.ts";
import { warn } from "./warn.ts";

/** A refused call, as AWS describes it. */
export interface Denied {
  /** "ecs:ListTasks" */
  action: string;
  /** As it stands in the message; undefined: the service does not say. */
  resource: string | undefined;
  /** A policy forbids it, so that another one that allows it has no effect. */
  isExplicit: boolean;
}

/**
 * "User: … is not authorized to perform: ACTION on resource: RESOURCE because no identity-based policy allows the ACTION
 * action", or "with an explicit deny in a service control policy".
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 *
 * @param call what was called; other permissions may be needed for it, such as iam:PassRole.
 */
export function deniedOf(call: string, message: string): Denied {
  return {
    action: /perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? call,
    resource: /on resource: "?([^\s"]+)/.exec(message)?.[1],
    isExplicit: /with an explicit deny/.test(message),
  };
}

/** From the ARN of one thing to that of all of its kind: the next deployment has other ones. */
const widened: [RegExp, string][] = [
  [/(:task-definition\/[^:]+):\d+$/, "$1:*"],
  [/(:task\/[^/]+)\/[0-9a-f-]+$/, "$1/*"],
  [/(:service-(?:deployment|revision)\/[^/]+\/[^/]+)\/.+$/, "$1/*"],
  [/(:log-group:[^:]+)(?::.*)?$/, "$1:*"],
  [/^(arn:[\w-]+:s3:::[^/]+)\/.*$/, "$1/*"],
];

const widen = (resource: string): string =>
  widened.reduce((arn, [pattern, replacement]) => arn.replace(pattern, replacement), resource);

/** The service of a deployment or revision, which these actions are authorized on, too. */
const serviceOf = (resource: string): string[] => {
  const [, before, path] = /^(.*):service-(?:deployment|revision)\/([^/]+\/[^/]+)\//.exec(resource) ?? [];
  return before === undefined ? [] : [`${before}:service/${path}`];
};

/** Of the roles of tasks, and of those for volumes; AWS's message does not say which one it is about. */
const receivers = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"];

/** The statement that allows it, on one line. */
export function policyLine({ action, resource = "*" }: Denied): string {
  const resources = [...serviceOf(resource), widen(resource)];
  const [only = "*"] = resources;
  return JSON.stringify({
    Effect: "Allow",
    Action: action,
    Resource: resources.length === 1 ? only : resources,
    ...(action === "iam:PassRole" ? { Condition: { StringEquals: { "iam:PassedToService": receivers } } } : {}),
  });
}

/** What to change, in a sentence. */
export function remedyFor(denied: Denied): string {
  return denied.isExplicit
    ? "A policy denies it explicitly; remove that statement, or ask who manages the organization's policies."
    : `Add to the role's policy: ${policyLine(denied)}`;
}

/** Permissions that this run goes on without: each is reported once. */
export class MissingPermissions {
  private readonly reported = new Set<string>();
  private readonly report: (text: string) => void;

  constructor({ log, annotate }: { log: Log; annotate?: Annotate | undefined }) {
    this.report = (text) => warn({ annotate, log }, "missing permission", text);
  }

  /** @param consequence what cannot be seen or done now, as the rest of a sentence. */
  note(denied: Denied, consequence: string): void {
    if (this.reported.has(denied.action)) return;
    this.reported.add(denied.action);
    this.report(`The job's role lacks ${denied.action}: ${consequence}. ${remedyFor(denied)}`);
  }
}
