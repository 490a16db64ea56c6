// Whether this machine's clock is near AWS's: a signature is good for five minutes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
import { messageOf } from "../../../../actions/shared/src/errors.ts";
import { advice, change, fine, UnknownFact, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";

export async function checkClock({ aws, dependencies }: Facts): Promise<Answer[]> {
  const { environment, send, clock } = dependencies;
  const region = await aws.region();
  const suffix = region.startsWith("cn-") ? ".cn" : "";
  const address =
    environment["AWS_ENDPOINT_URL_STS"] ||
    environment["AWS_ENDPOINT_URL"] ||
    `https://sts.${region}.amazonaws.com${suffix}`;
  const before = clock.now();
  const response = await send({ url: new URL(address), timeout: 5000 }).catch((error: unknown) => {
    throw new UnknownFact(`${address} does not answer: ${messageOf(error)}`, "Check the network, and HTTPS_PROXY.", {
      cause: error,
    });
  });
  const theirs = Date.parse(response.headers.date ?? "");
  if (Number.isNaN(theirs))
    throw new UnknownFact(`${address} does not say what time it is`, "Compare by hand: date -u");
  // The header has whole seconds, and was written somewhere between request and answer.
  return [evaluateClock((before + clock.now()) / 2 - (theirs + 500))];
}

/** @param ahead milliseconds by which this machine is ahead of AWS */
export function evaluateClock(ahead: number): Answer {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const text = `this machine's clock is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} AWS's`;
  const remedy = "sudo timedatectl set-ntp true, or start the time service of the machine";
  if (seconds >= 300) return change(`${text}: AWS refuses signatures that are more than 5 minutes off`, remedy);
  if (seconds >= 30) return advice(text, remedy);
  return fine("this machine's clock agrees with AWS's");
}
