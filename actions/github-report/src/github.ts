// GitHub's REST API: Octokit over the toolkit's own HTTP, so that it goes through the proxy that the environment names,
// as everything else does.
import { Octokit } from "@octokit/core";
import type { SendHttp } from "../../shared/src/http.ts";

interface Connection {
  send: SendHttp;
  apiUrl: string;
  token: string;
}

interface RequestInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/** Milliseconds for one exchange. */
const timeout = 20_000;

export function connect({ send, apiUrl, token }: Connection): Octokit {
  const request = async (url: string, { method, headers, body }: RequestInit): Promise<Response> => {
    const answer = await send({ url: new URL(url), method, headers, ...(body === undefined ? {} : { body }), timeout });
    const { status } = answer;
    // What is sent again to another place would not be the request that was asked for.
    if (status >= 300 && status < 400) throw new Error(`GitHub redirects the request (${status})`);
    const fields = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Response(status === 204 ? null : new Uint8Array(answer.bytes), { status, headers: fields });
  };
  const quiet = () => {};
  return new Octokit({
    auth: token,
    baseUrl: apiUrl.replace(/\/$/, ""),
    userAgent: "rainbow-seeker-deploy-toolkit",
    request: { fetch: request },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}

/** GitHub's most. */
const perPage = 100;

/** The entries of a list, page after page. @param ask for one page */
export async function* entriesOf<T>(
  ask: (place: { per_page: number; page: number }) => Promise<{ data: T[] }>,
): AsyncGenerator<T> {
  for (let page = 1; ; page += 1) {
    const { data } = await ask({ per_page: perPage, page });
    yield* data;
    if (data.length < perPage) return;
  }
}
