// Whether the runners know `$/`, by which the reusable workflows refer to the actions beside them (docs/decisions/0009).
import { advice, change, fine, notChecked, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";

export const oldestRunner = "2.336.0";

export async function checkRunners(facts: Facts): Promise<Answer[]> {
  const { environment } = facts.dependencies;
  const usesReference = [...facts.workflows.workflows.values()].some((text) => /uses:\s*["']?\$\//.test(text));
  if (!usesReference && !facts.jobs.some(({ ref }) => ref !== undefined))
    return [fine("no workflow uses $/ or a reusable workflow of the toolkit: any runner with Node 24 does")];
  const server = environment["GITHUB_SERVER_URL"];
  if (server !== undefined && server !== "" && !/^https:\/\/(github\.com|[\w-]+\.ghe\.com)$/.test(server))
    return [
      change(
        `${server} is a GitHub Enterprise Server, which does not know $/`,
        "Use the workflows in examples/enterprise-server, which have complete references.",
      ),
    ];
  const labels = [...new Set(facts.jobs.map(({ runsOn }) => runsOn ?? "(not known before a run)"))];
  if (environment["RUNNER_ENVIRONMENT"] === "github-hosted" || labels.every(isHosted))
    return [fine(`${labels.join(", ")}: GitHub keeps its own runners up to date`)];
  const runners = await facts.github.runners();
  if (runners.length === 0)
    return [
      notChecked(
        `${labels.filter((one) => !isHosted(one)).join(", ")}: the repository has no runners of its own, and those of an organization are not listed here`,
        `Make sure that they are ${oldestRunner} or newer: Settings → Actions → Runners.`,
      ),
    ];
  return runners.map(({ name, version, status }) => evaluateRunner(name, version ?? undefined, status));
}

/** https://docs.github.com/en/actions/reference/runners/github-hosted-runners */
const isHosted = (label: string): boolean => /^(ubuntu|windows|macos)-[\w.-]+$/.test(label);

export function evaluateRunner(name: string, version: string | undefined, status: string): Answer {
  if (version === undefined)
    return notChecked(
      `runner ${name}: GitHub does not know its version (${status})`,
      `On the runner: ./config.sh --version, which must be ${oldestRunner} or newer.`,
    );
  if (isOlder(version, oldestRunner))
    return change(
      `runner ${name} is ${version}, and $/ needs ${oldestRunner} or newer`,
      "Update it: https://github.com/actions/runner/releases, and remove --disableupdate from its configuration.",
    );
  return status === "online"
    ? fine(`runner ${name} is ${version}`)
    : advice(`runner ${name} is ${version}, and ${status}`, "Start it: sudo ./svc.sh start");
}

/** Versions as numbers: 2.9.0 is older than 2.10.0. */
export function isOlder(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}
