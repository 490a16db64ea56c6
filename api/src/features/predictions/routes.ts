// How likely a rainbow is: the question goes to ml, which checks and answers it.
import { z } from "zod";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import type { Ml } from "./ml.ts";

/** ml says what it accepts: a second description of that here would be wrong after the next change of its first. */
const question = z.looseObject({}).meta({ description: "What ml takes: ml/README.md." });
const prediction = z
  .looseObject({ probability: z.number().min(0).max(1) })
  .meta({ id: "Prediction", description: "What ml answers: ml/README.md." });

export function predictionEndpoints(ml: Ml): Endpoint[] {
  return [
    endpoint(
      {
        method: "post",
        path: "/api/predictions",
        tag: "predictions",
        summary: "How likely a rainbow is, for a place, a time and its weather",
        access: "anyone",
        body: question,
        data: prediction,
        problems: ["ml-unavailable"],
      },
      async ({ body, response }) => ({ ...(await ml.predict(body, String(response.locals["requestId"]))) }),
    ),
  ];
}
