// Arithmetic as a shell does it in $(( )): whole numbers, + - * / and parentheses.

/** undefined: a name has no value, or the text is more than this. */
export function calculate(text: string, values: Record<string, number | undefined>): number | undefined {
  const tokens = text.match(/\d+|\w+|[-+*/()]/g) ?? [];
  if (tokens.join("") !== text.replaceAll(/\s/g, "")) return undefined;
  const sum = (): number => {
    let left = product();
    for (let operator = tokens[0]; operator === "+" || operator === "-"; operator = tokens[0]) {
      tokens.shift();
      left += operator === "+" ? product() : -product();
    }
    return left;
  };
  const product = (): number => {
    let left = operand();
    for (let operator = tokens[0]; operator === "*" || operator === "/"; operator = tokens[0]) {
      tokens.shift();
      left = operator === "*" ? left * operand() : Math.trunc(left / operand());
    }
    return left;
  };
  const operand = (): number => {
    const token = tokens.shift() ?? "";
    if (token === "(") {
      const value = sum();
      return tokens.shift() === ")" ? value : Number.NaN;
    }
    if (token === "-") return -operand();
    return /^\d+$/.test(token) ? Number(token) : (values[token] ?? Number.NaN);
  };
  const result = sum();
  return tokens.length === 0 && Number.isFinite(result) ? result : undefined;
}
