// Expressions of workflows, evaluated by GitHub's own library.
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

type Value = string | boolean | number | undefined | { [name: string]: Value };

function toData(value: Value): data.ExpressionData {
  if (value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (typeof value === "number") return new data.NumberData(value);
  const entries = Object.entries(value).map(([key, one]) => ({ key, value: toData(one) }));
  return new data.Dictionary(...entries);
}

/** A text with one `${{ }}` gives its value, one with several a text; without any it is an expression, as in `if`. */
export function evaluate(text: string, contexts: { [name: string]: Value }): string | boolean {
  const whole = /^\$\{\{(.*)\}\}$/s.exec(text.trim())?.[1];
  if (whole !== undefined && !whole.includes("${{")) return evaluateOne(whole, contexts);
  if (!text.includes("${{")) return evaluateOne(text, contexts);
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => String(evaluateOne(expression, contexts)));
}

function evaluateOne(text: string, contexts: { [name: string]: Value }): string | boolean {
  const { tokens } = new Lexer(text.trim()).lex();
  const expression = new Parser(tokens, Object.keys(contexts), []).parse();
  const result = new Evaluator(expression, toData(contexts) as data.Dictionary).evaluate();
  return result instanceof data.BooleanData ? result.value : result.coerceString();
}
