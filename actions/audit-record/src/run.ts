// The run that is recorded, as its runner describes it; in a terminal there is none.
import { thisRun } from "../../shared/src/report.ts";

export interface Run {
  /** Who started it; of a run that was started again, whoever did that. */
  actor: string | undefined;
  /** Name of the event, for example push. */
  trigger: string | undefined;
  /** OWNER/NAME */
  repository: string | undefined;
  commit: string | undefined;
  id: string | undefined;
  attempt: string;
  /** Page of the run. */
  url: string | undefined;
}

export function describeRun(environment: Record<string, string | undefined>): Run {
  return {
    actor: environment["GITHUB_TRIGGERING_ACTOR"] || environment["GITHUB_ACTOR"],
    trigger: environment["GITHUB_EVENT_NAME"],
    repository: environment["GITHUB_REPOSITORY"],
    id: environment["GITHUB_RUN_ID"],
    attempt: environment["GITHUB_RUN_ATTEMPT"] || "1",
    ...thisRun(environment),
  };
}
