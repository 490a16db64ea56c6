// Asks one weather service, and nothing else: one origin, no redirects, a time limit, a size limit, a budget of calls.
import { ProviderError, type Failure } from "./weather.ts";

export interface Answer {
  status: number;
  /** Undefined where it is not JSON. */
  json: unknown;
  text: string;
}

export interface Client {
  /** @throws ProviderError if there is no answer, or one of 5xx */
  get(path: string, query: Record<string, string | number>, signal: AbortSignal): Promise<Answer>;
}

export interface ClientOptions {
  /** For messages. */
  name: string;
  origin: string;
  /** Before each call; throws if there must be none. */
  spend?: () => Promise<void>;
  /** Milliseconds for a whole answer. */
  timeout?: number;
  maxBytes?: number;
}

const agent = "rainbow-seeker-api (https://github.com/rainbow-seeker/deploy-toolkit)";

export function createClient(options: ClientOptions): Client {
  const { name, spend = async () => {}, timeout = 2500, maxBytes = 1_048_576 } = options;
  const { origin } = new URL(options.origin);

  const failure = (reason: Failure, what: string, cause?: unknown) =>
    new ProviderError(reason, `${name} ${what}.`, { cause: withoutUrl(cause) });

  async function body(response: Response): Promise<string> {
    const reader = response.body?.getReader();
    if (!reader) return "";
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new TextDecoder().decode(Buffer.concat(chunks));
      size += value.byteLength;
      if (size > maxBytes) {
        await reader.cancel();
        throw failure("garbage", `answered more than ${maxBytes} bytes`);
      }
      chunks.push(value);
    }
  }

  return {
    get: async (path, query, signal) => {
      const url = new URL(path, origin);
      // A path that starts with // would name another host.
      if (url.origin !== origin) throw new Error(`${name} is asked at ${origin} only.`);
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
      await spend();
      try {
        const response = await fetch(url, {
          redirect: "error",
          headers: { accept: "application/json, text/plain", "user-agent": agent },
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
        });
        const text = await body(response);
        if (response.status >= 500) throw failure("unreachable", `answered ${response.status}`);
        return { status: response.status, json: parsed(text), text };
      } catch (error) {
        if (error instanceof ProviderError) throw error;
        const { name: kind } = error as Error;
        if (kind === "TimeoutError" || kind === "AbortError") throw failure("timeout", "did not answer in time", error);
        throw failure("unreachable", "is not reachable", error);
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Causes are logged, and URLs have keys in them: what remains is the kind and the code of the network's error. */
function withoutUrl(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { code } = (error.cause ?? error) as { code?: unknown };
  return new Error(typeof code === "string" ? `${error.name}: ${code}` : error.name);
}
