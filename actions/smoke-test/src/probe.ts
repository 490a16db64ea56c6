// One request and what is wrong with its answer.
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../shared/src/errors.ts";
import type { Check } from "./inputs.ts";

const requestTimeout = 10_000;

/** Undefined when the answer is as expected, otherwise a sentence with what came. */
export async function probe(url: string, check: Check): Promise<string | undefined> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(check.path, url), {
      method: check.method,
      redirect: "manual",
      headers: { accept: "application/json", ...(check.body === undefined ? {} : { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(requestTimeout),
      ...(check.body === undefined ? {} : { body: JSON.stringify(check.body) }),
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : "";
    return `no answer (${messageOf(error)}${cause})`;
  }
  if (response.status !== check.status) return `status ${response.status} instead of ${check.status}: ${excerpt(text)}`;
  return check.json.size === 0 ? undefined : compareJson(text, check.json);
}

function compareJson(text: string, expected: Map<string, unknown>): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return `the answer is not JSON: ${excerpt(text)}`;
  }
  const problems = [...expected].flatMap(([path, wanted]) => {
    const found = valueAt(body, path);
    return isDeepStrictEqual(found, wanted) ? [] : [`${path} is ${JSON.stringify(found) ?? "missing"} instead of ${JSON.stringify(wanted)}`];
  });
  return problems.length === 0 ? undefined : problems.join("; ");
}

export function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined), value);
}

const excerpt = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
