// Whether the time limits of a job fit together: what the workflows themselves check when they run, and the role's longest
// session, which only AWS knows.
import type { AwsJob } from "../../workflows/jobs.ts";
import { change, fine, notChecked, tokenHint, unknownBecause, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";
import type { Role } from "../role.ts";
import { roleOf } from "./login.ts";

export async function checkTimeLimits(facts: Facts): Promise<Answer[]> {
  if (facts.jobs.length === 0)
    return [notChecked("no job that logs in to AWS is known", "Run doctor in a checkout of the repository.")];
  const answers = await Promise.all(
    facts.jobs.map(async (job) => {
      const own = evaluateLimits(job);
      const role = await roleOf(facts, job).catch((error: unknown) => unknownBecause(error));
      if (role === undefined) return own;
      return [...own, "state" in role ? role : longestSession(job, role)];
    }),
  );
  return answers.flat();
}

export function evaluateLimits(job: Pick<AwsJob, "where" | "timeLimits" | "minutes" | "seconds">): Answer[] {
  const { where, timeLimits, minutes, seconds } = job;
  const problems = timeLimits.flatMap(({ problem }) => (problem === undefined ? [] : [split(where, problem)]));
  const unknown = timeLimits.filter(({ isKnown }) => !isKnown);
  // Without such a step of its own, a job must not outlive its credentials either.
  if (
    timeLimits.every(({ title }) => !title.includes("role-duration-seconds")) &&
    minutes !== undefined &&
    seconds !== undefined &&
    seconds < minutes * 60
  )
    problems.push(
      change(
        `${where}: role-duration-seconds (${seconds}) is less than the ${minutes} minutes of timeout-minutes: the credentials would end before the job`,
        `timeout-minutes: ${Math.floor(seconds / 60)} in the job, or role-duration-seconds: ${minutes * 60}`,
      ),
    );
  if (problems.length > 0) return problems;
  if (unknown.length > 0)
    return [
      notChecked(
        `${where}: its time limits depend on what only a run or a variable knows`,
        `Give them as numbers in the workflow, or let doctor read the variables: ${tokenHint}`,
      ),
    ];
  return [fine(`${where}: ${minutes ?? "?"} minutes are enough for what it may do, and the credentials last as long`)];
}

/** "WHAT IS WRONG. WHAT TO CHANGE." */
function split(where: string, text: string): Answer {
  const [what = text, ...remedy] = text.split(/\.(?: |$)/).filter((sentence) => sentence !== "");
  return change(`${where}: ${what}`, `${remedy.join(". ")}.`);
}

function longestSession({ where, seconds }: AwsJob, { name, longestSession: longest }: Role): Answer {
  if (seconds === undefined || seconds <= longest)
    return fine(`${where}: ${name} gives sessions of up to ${longest} seconds`);
  return change(
    `${where}: role-duration-seconds is ${seconds}, and ${name} gives sessions of up to ${longest} seconds: the login will fail`,
    `role-duration-seconds: ${longest}, or aws iam update-role --role-name ${name} --max-session-duration ${seconds} (in Terraform: max_session_duration)`,
  );
}
