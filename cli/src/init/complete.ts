// Every option gets a value: what was given, else what somebody at the terminal answers, else the default.
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { defaultsOf, idsOf, originOf } from "./defaults.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Detected } from "./detect.ts";

/** What is asked, in this order. */
const questions: [name: string, question: string][] = [
  ["repository", "GitHub repository, OWNER/NAME"],
  ["region", "AWS region"],
  ["name", "Name of service, cluster and image repository"],
  ["port", "Port that the container listens on"],
  ["health-path", "Path of the health check"],
  ["reports-version", 'Does /version return {"commit": "…"} (true or false)'],
  ["reviewers", "GitHub logins of those who approve deployments (empty: nobody)"],
];

export async function completeInputs(
  source: InputSource,
  detected: Detected,
  { run, folder, region, toolkit, ask, log }: Dependencies,
): Promise<InputSource> {
  const origin = await originOf(run, folder);
  const commit = source("ref").trim() === "" ? await toolkit.commit() : undefined;
  const answered = new Map<string, string>();
  const given = (name: string) => source(name).trim() || answered.get(name) || undefined;
  const current: InputSource = (name) =>
    given(name) ??
    defaultsOf(detected, {
      repository: given("repository") ?? origin,
      region: given("region") ?? region,
      commit,
    })[name] ??
    "";
  if (ask)
    for (const [name, question] of questions)
      if (given(name) === undefined) answered.set(name, (await ask(question, current(name))).trim());
  const repository = current("repository");
  if (repository !== "" && (current("repository-id") === "" || current("repository-owner-id") === "")) {
    const found = await idsOf(run, repository);
    if ("problem" in found) log(`The IDs of ${repository} are not known; gh: ${found.problem}`);
    else {
      answered.set("repository-id", found.id);
      answered.set("repository-owner-id", found.ownerId);
    }
  }
  return current;
}
