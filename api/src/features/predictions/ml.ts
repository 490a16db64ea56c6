// ml, as seen from api: asked with a time limit, and its absence is an answer of its own.
import { ApiError, ForwardedRefusal } from "../../http/errors.ts";

export interface SunPosition {
  /** Degrees above the horizon. */
  elevation: number;
  /** Degrees from north, clockwise. */
  azimuth: number;
}

export type Gate = "open" | "night" | "sun-too-high";

export interface Prediction {
  probability: number;
  gate: Gate;
}

export interface Sky {
  sun: SunPosition;
  gate: Gate;
  look: { azimuth: number; top_elevation: number } | null;
  /** When a bow is possible in the day asked for: instants in UTC. */
  windows: { from: string; to: string }[];
  path: (SunPosition & { at: string })[];
  /** Chance of an hour with an open gate, whatever the weather. */
  usual_rate: number;
}

export interface Ml {
  predict(question: unknown, requestId: string): Promise<Prediction>;
  sky(question: { lat: number; lon: number; at: string; from: string }): Promise<Sky>;
  /** What ml says of itself; throws when it is away. */
  version(): Promise<{ commit: string }>;
}

const retryAfter = 5;

export function createMl(url: string, limits = { predict: 2000, version: 1000 }): Ml {
  const base = url.replace(/\/$/, "");

  const ask = async (path: string, milliseconds: number, init: RequestInit = {}): Promise<Response> => {
    try {
      const response = await fetch(`${base}${path}`, { ...init, signal: AbortSignal.timeout(milliseconds) });
      if (response.status < 500) return response;
      throw new Error(`${path} answered ${response.status}`);
    } catch (cause) {
      const slow = (cause as Error).name === "TimeoutError";
      throw new ApiError("ml-unavailable", {
        details: { reason: slow ? "timeout" : "unreachable" },
        retryAfter,
        cause,
      });
    }
  };

  return {
    predict: async (question, requestId) => {
      const response = await ask("/v1/predict", limits.predict, {
        method: "POST",
        headers: { "content-type": "application/json", "x-request-id": requestId },
        body: JSON.stringify(question),
      });
      const body = (await response.json()) as Prediction & {
        error?: { code?: string; message?: string; details?: unknown };
      };
      if (response.ok) return body;
      // What ml refuses, the caller got wrong: handed on as it is.
      const { code = "invalid", message = "Not accepted.", details } = body.error ?? {};
      throw new ForwardedRefusal(response.status, { code, message, details });
    },
    sky: async (question) => {
      const query = new URLSearchParams({ ...question, lat: String(question.lat), lon: String(question.lon) });
      const response = await ask(`/v1/sky?${query}`, limits.predict);
      if (!response.ok) throw new Error(`/v1/sky answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Sky;
    },
    version: async () => (await (await ask("/version", limits.version)).json()) as { commit: string },
  };
}
