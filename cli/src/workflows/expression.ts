// Expressions of workflows, as far as settings need them: literals, names, comparisons, && and ||, and a few functions.
// What is not known before a run, such as the output of a job, stays unknown instead of empty.
// https://docs.github.com/en/actions/reference/workflows-and-actions/expressions

/** undefined: unknown. */
export type Value = string | number | boolean | null | undefined;
export type Lookup = (path: string[]) => Value;

/** A text with expressions in it; one that is a single expression has its value. */
export function evaluate(text: string, lookup: Lookup): Value {
  const parts = text.split(/(\$\{\{.*?\}\})/s).filter((part) => part !== "");
  const values = parts.map((part) =>
    part.startsWith("${{") ? new Expression(part.slice(3, -2), lookup).value() : part,
  );
  if (values.length === 1) return values[0];
  return values.some((value) => value === undefined) ? undefined : values.map(asText).join("");
}

/** As GitHub writes a value into a text. */
export const asText = (value: Value): string => (value === null || value === undefined ? "" : String(value));

const isTruthy = (value: Value): boolean => Boolean(value) && !Number.isNaN(value);

const tokenPattern =
  /\s*(?:(&&|\|\||==|!=|[!(),])|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)\b|([A-Za-z_][\w-]*(?:\.[\w-]+)*))/y;

interface Token {
  kind: "operator" | "text" | "number" | "name";
  text: string;
}

class Expression {
  private readonly tokens: Token[] = [];
  private readonly lookup: Lookup;
  private isReadable = true;

  constructor(text: string, lookup: Lookup) {
    this.lookup = lookup;
    const pattern = new RegExp(tokenPattern);
    const end = text.trimEnd().length;
    while (pattern.lastIndex < end) {
      const [, operator, literal, number, name] = pattern.exec(text) ?? [];
      if (operator !== undefined) this.tokens.push({ kind: "operator", text: operator });
      else if (literal !== undefined) this.tokens.push({ kind: "text", text: literal.replaceAll("''", "'") });
      else if (number !== undefined) this.tokens.push({ kind: "number", text: number });
      else if (name !== undefined) this.tokens.push({ kind: "name", text: name });
      else {
        this.isReadable = false;
        return;
      }
    }
  }

  value(): Value {
    const value = this.or();
    return this.isReadable && this.tokens.length === 0 ? value : undefined;
  }

  private take(...operators: string[]): string | undefined {
    const [first] = this.tokens;
    if (first?.kind !== "operator" || !operators.includes(first.text)) return undefined;
    this.tokens.shift();
    return first.text;
  }

  private or(): Value {
    let left = this.and();
    while (this.take("||")) {
      const right = this.and();
      left = left === undefined || isTruthy(left) ? left : right;
    }
    return left;
  }

  private and(): Value {
    let left = this.comparison();
    while (this.take("&&")) {
      const right = this.comparison();
      left = left === undefined || !isTruthy(left) ? left : right;
    }
    return left;
  }

  private comparison(): Value {
    let left = this.unary();
    for (let operator = this.take("==", "!="); operator; operator = this.take("==", "!=")) {
      const right = this.unary();
      left = left === undefined || right === undefined ? undefined : areEqual(left, right) === (operator === "==");
    }
    return left;
  }

  private unary(): Value {
    if (this.take("!")) {
      const value = this.unary();
      return value === undefined ? undefined : !isTruthy(value);
    }
    if (this.take("(")) {
      const value = this.or();
      if (!this.take(")")) this.isReadable = false;
      return value;
    }
    return this.operand();
  }

  private operand(): Value {
    const token = this.tokens.shift();
    if (token?.kind === "text") return token.text;
    if (token?.kind === "number") return Number(token.text);
    if (token?.kind !== "name") {
      this.isReadable = false;
      return undefined;
    }
    if (this.take("(")) return this.call(token.text);
    const literals: Record<string, Value> = { true: true, false: false, null: null };
    return token.text in literals ? literals[token.text] : this.lookup(token.text.split("."));
  }

  private call(name: string): Value {
    const given: Value[] = [];
    while (this.tokens.length > 0 && !this.take(")")) {
      given.push(this.or());
      if (!this.take(",") && this.tokens[0]?.text !== ")") {
        this.isReadable = false;
        return undefined;
      }
    }
    const [text, ...others] = given.map((value) => (value === undefined ? undefined : asText(value)));
    if (text === undefined || others.some((value) => value === undefined)) return undefined;
    return functions[name.toLowerCase()]?.(text, others.map(String));
  }
}

const functions: Record<string, (text: string, others: string[]) => Value> = {
  startswith: (text, [start = ""]) => text.toLowerCase().startsWith(start.toLowerCase()),
  endswith: (text, [end = ""]) => text.toLowerCase().endsWith(end.toLowerCase()),
  // Of JSON, numbers alone.
  fromjson: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  format: (text, values) => text.replaceAll(/\{(\d+)\}/g, (all, index: string) => values[Number(index)] ?? all),
};

/** Texts do not distinguish upper and lower case; values of different types are compared as numbers. */
function areEqual(left: NonNullable<Value> | null, right: NonNullable<Value> | null): boolean {
  if (typeof left === "string" && typeof right === "string") return left.toLowerCase() === right.toLowerCase();
  if (typeof left === typeof right) return left === right;
  return asNumber(left) === asNumber(right);
}

function asNumber(value: string | number | boolean | null): number {
  if (value === null) return 0;
  return typeof value === "string" && value.trim() === "" ? 0 : Number(value);
}
