import type { Clock } from "../../shared/src/clock.ts";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import type { HttpAnswer, SendHttp } from "../../shared/src/http.ts";
import { oneLine } from "../../shared/src/printable.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import { warn } from "../../shared/src/warn.ts";
import type { InputSource } from "../../shared/src/inputs.ts";
import { readInputs, type Inputs } from "./inputs.ts";
import { slackMessage, teamsMessage } from "./messages.ts";

export interface Dependencies {
  clock: Clock;
  send: SendHttp;
  log: Log;
  annotate?: Annotate | undefined;
  setOutputs: (outputs: Record<string, string>) => void;
}

/** Milliseconds for one request, and between two. */
const timeout = 10_000;
const waits = [2000, 8000];

/**
 * A post that does not arrive fails nothing, nor does one that cannot be made: what it is about may have gone well.
 *
 * @param runUrl page of this run
 */
export async function main(source: InputSource, runUrl: string | undefined, dependencies: Dependencies): Promise<void> {
  try {
    await notify(readInputs(source, runUrl), dependencies);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    warn(dependencies, "notify: nothing was posted", error.message);
    dependencies.setOutputs({ result: "refused" });
  }
}

async function notify(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { log, setOutputs } = dependencies;
  const { webhook, format } = inputs;
  if (webhook === undefined) {
    log("webhook-url is not set: nothing is posted");
    return setOutputs({ result: "" });
  }
  const body = JSON.stringify(format === "slack" ? slackMessage(inputs) : teamsMessage(inputs));
  const refusal = await post(webhook, body, dependencies);
  if (refusal === undefined) {
    log(`${inputs.title}: posted`);
    return setOutputs({ result: "sent" });
  }
  const service = format === "slack" ? "Slack" : "Teams";
  warn(
    dependencies,
    `notify: ${inputs.title} was not posted`,
    `${service} did not take it: ${refusal}\nCheck the secret that webhook-url is given, that its channel exists, and that format is ${format}.`,
  );
  setOutputs({ result: "refused" });
}

/** @returns why it did not arrive; undefined: it did */
async function post(url: URL, body: string, { clock, send, log }: Dependencies): Promise<string | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send({
      url,
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      timeout,
    }).catch((error: unknown) => messageOf(error));
    if (typeof answer !== "string" && answer.status >= 200 && answer.status < 300) return undefined;
    const reason = typeof answer === "string" ? answer : `${answer.status} ${oneLine(answer.text, 200)}`.trim();
    const wait = waits[attempt];
    if (wait === undefined || (typeof answer !== "string" && !passes(answer))) return reason;
    log(`the post did not arrive (${reason}); trying again`);
    await clock.sleep(wait);
  }
}

const passes = ({ status }: HttpAnswer): boolean => status === 429 || status >= 500;
