// ml, as seen from api: asked with a time limit, and its absence is an answer of its own.
import { z } from "zod";
import { ApiError, ForwardedRefusal } from "../../http/errors.ts";
import type { Continuation } from "../../http/trace.ts";

export interface SunPosition {
  /** Degrees above the horizon. */
  elevation: number;
  /** Degrees from north, clockwise. */
  azimuth: number;
}

export type Gate = "open" | "night" | "sun-too-high";
export type Look = { azimuth: number; top_elevation: number } | null;

export interface Prediction {
  probability: number;
  gate: Gate;
}

export interface Window {
  from: string;
  to: string;
}

export interface Sky {
  sun: SunPosition;
  gate: Gate;
  look: Look;
  /** When a bow is possible in the day asked for: instants in UTC. */
  windows: Window[];
  path: (SunPosition & { at: string })[];
  /** Chance of an hour with an open gate, whatever the weather. */
  usual_rate: number;
}

export interface Ml {
  predict(question: unknown, continuation: Continuation): Promise<Prediction>;
  sky(question: { lat: number; lon: number; at: string; from: string }): Promise<Sky>;
  /** When a bow is possible in the seven days from then: instants in UTC. An ml of before has none. */
  windows(question: { lat: number; lon: number; from: string }): Promise<{ windows: Window[] }>;
  /** What ml says of itself; throws when it is away. */
  version(): Promise<{ commit: string }>;
}

const windows = z.array(z.looseObject({ from: z.string(), to: z.string() }));
const retryAfter = 5;
/** What is used of an answer; the rest is handed on. ml is deployed on its own, and may say more. */
const answers = {
  prediction: z.looseObject({ probability: z.number().min(0).max(1) }),
  sky: z.looseObject({
    sun: z.looseObject({ elevation: z.number(), azimuth: z.number() }),
    gate: z.enum(["open", "night", "sun-too-high"]),
    look: z.looseObject({ azimuth: z.number(), top_elevation: z.number() }).nullable(),
    windows,
    path: z.array(z.looseObject({ at: z.string() })),
    usual_rate: z.number(),
  }),
  windows: z.looseObject({ windows }),
  version: z.looseObject({ commit: z.string() }),
  refusal: z.looseObject({
    error: z.looseObject({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
  }),
};

const unavailable = (reason: "timeout" | "unreachable" | "garbage", cause: unknown) =>
  new ApiError("ml-unavailable", { details: { reason }, retryAfter, cause });

export function createMl(url: string, limits = { predict: 2000, version: 1000 }): Ml {
  const base = url.replace(/\/$/, "");

  /** @returns status and body of an answer below 500; the time limit is for all of it. */
  const ask = async (path: string, milliseconds: number, init: RequestInit = {}) => {
    let text: string;
    let status: number;
    try {
      const response = await fetch(`${base}${path}`, { ...init, signal: AbortSignal.timeout(milliseconds) });
      ({ status } = response);
      text = await response.text();
      if (status >= 500) throw new Error(`${path} answered ${status}`);
    } catch (cause) {
      throw unavailable((cause as Error).name === "TimeoutError" ? "timeout" : "unreachable", cause);
    }
    try {
      return { status, body: JSON.parse(text) as unknown };
    } catch (cause) {
      throw unavailable("garbage", cause);
    }
  };
  const read = <T>(schema: z.ZodType, { status, body }: { status: number; body: unknown }): T => {
    const result = schema.safeParse(body);
    if (status < 300 && result.success) return body as T;
    throw unavailable("garbage", result.error ?? new Error(`ml answered ${status}`));
  };

  return {
    predict: async (question, continuation) => {
      const answer = await ask("/v1/predict", limits.predict, {
        method: "POST",
        headers: { "content-type": "application/json", ...continuation },
        body: JSON.stringify(question),
      });
      const refusal = answer.status >= 400 ? answers.refusal.safeParse(answer.body).data?.error : undefined;
      if (!refusal) return read<Prediction>(answers.prediction, answer);
      // What ml refuses, the caller got wrong: handed on as it is.
      const { code, message, details } = refusal;
      throw new ForwardedRefusal(answer.status, { code, message, details });
    },
    sky: async (question) => read<Sky>(answers.sky, await ask(`/v1/sky?${queryOf(question)}`, limits.predict)),
    windows: async (question) => read(answers.windows, await ask(`/v1/windows?${queryOf(question)}`, limits.predict)),
    version: async () => read(answers.version, await ask("/version", limits.version)),
  };
}

const queryOf = (question: { lat: number; lon: number; from: string; at?: string }) =>
  new URLSearchParams({ ...question, lat: String(question.lat), lon: String(question.lon) });
