// JSON of a response, and the values at paths in it.

/** undefined if the text is not JSON, which itself has no undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `$.data.items[0]["a.b"]` → its parts; undefined if it is not such a path. */
export function partsOf(path: string): string[] | undefined {
  const rest = path.replace(/^\$\.?/, "");
  const part = /(?:^|\.)([^.[\]"']+)|\[(\d+)\]|\[("[^"]*"|'[^']*')\]/gy;
  const parts: string[] = [];
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest);
    if (!found) return undefined;
    parts.push(found[1] ?? found[2] ?? found[3]?.slice(1, -1) ?? "");
  }
  return parts;
}

/** undefined if there is no value at the path. */
export function valueAt(value: unknown, path: string): unknown {
  return (partsOf(path) ?? []).reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** A number as it was written: more digits than a number of JavaScript holds, and 1.10 apart from 1.1. */
class WrittenNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The number at a path of a JSON text, as it was written; undefined if there is none. */
export function numberAt(text: string, path: string): string | undefined {
  // The third argument is in Node since 21 (ES2026, JSON.parse source text access).
  const keepText = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? new WrittenNumber(context?.source ?? String(value)) : value;
  const value = valueAt(JSON.parse(text, keepText as (key: string, value: unknown) => unknown), path);
  return value instanceof WrittenNumber ? value.text : undefined;
}
