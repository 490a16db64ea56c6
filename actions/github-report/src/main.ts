import type { Clock } from "../../shared/src/clock.ts";
import { messageOf } from "../../shared/src/errors.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import { raw } from "../../shared/src/summary/markup.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { warn } from "../../shared/src/warn.ts";
import { keepComment } from "./comment.ts";
import { connect } from "./github.ts";
import type { Inputs } from "./inputs.ts";
import { keepIssue, type Kept } from "./issue.ts";
import { remedyFor, repeated } from "./refusal.ts";
import { neutralised } from "./report-text.ts";
import type { Run } from "./run.ts";

export interface Dependencies {
  clock: Clock;
  send: SendHttp;
  log: Log;
  annotate?: Annotate | undefined;
  setOutputs: (outputs: Record<string, string>) => void;
  run: Run;
}

/** A report that GitHub does not take fails nothing: what it is about may have gone well. */
export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { clock, log, run, setOutputs } = dependencies;
  const github = connect({ ...dependencies, apiUrl: run.apiUrl, token: inputs.token });
  const keep = (): Promise<Kept> => {
    const context = { github, run, now: clock.now() };
    return inputs.kind === "issue" ? keepIssue(context, inputs) : keepComment(context, inputs);
  };
  try {
    const { result, url, text } = await repeated(dependencies, keep);
    log(url === "" ? text : `${text}: ${url}`);
    setOutputs({ result, url });
  } catch (error) {
    const subject = inputs.kind === "issue" ? inputs.title || inputs.id : inputs.id;
    const message = `GitHub does not take the report: ${messageOf(error)}\n${remedyFor(error, inputs.kind)}`;
    warn(dependencies, `github-report: ${subject}`, message);
    await appendSummary({
      status: "warning",
      title: `${subject}: GitHub did not take this report`,
      content: inputs.body === "" ? [] : [raw(neutralised(inputs.body))],
    });
    setOutputs({ result: "refused", url: "" });
  }
}
