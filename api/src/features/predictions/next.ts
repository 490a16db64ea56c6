// The hours to come, as far as ml looks ahead. Only under a permit: mode.ts.
import type { Continuation } from "../../http/trace.ts";
import type { Place } from "../weather/weather.ts";
import type { Ml } from "./ml.ts";
import type { Observed } from "./now.ts";

/** Those of ml. */
export const leads = [1, 2, 3, 6] as const;
const hour = 3_600_000;

export type HourAhead = Awaited<ReturnType<typeof predictAhead>>[number];

export function predictAhead(
  ml: Ml,
  { place, question, continuation }: { place: Place; question: Observed["question"]; continuation: Continuation },
) {
  const start = new Date(question.at).getTime();
  return Promise.all(
    leads.map(async (lead_h) => ({
      lead_h,
      from: new Date(start + (lead_h - 1) * hour),
      to: new Date(start + lead_h * hour),
      ...(await ml.predict({ ...place, lead_h, ...question }, continuation)),
    })),
  );
}
