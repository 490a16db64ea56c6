// Arithmetic as a shell does it in $(( )): whole numbers of 64 bits, which wrap, + - * / and parentheses.

/** undefined: a name has no value, or the text is more than this. */
export function calculate(text: string, values: Record<string, bigint | undefined>): bigint | undefined {
  const tokens = text.match(/\d+|\w+|[-+*/()]/g) ?? [];
  if (tokens.join("") !== text.replaceAll(/\s/g, "")) return undefined;
  let isKnown = true;
  const unknown = (): bigint => {
    isKnown = false;
    return 1n;
  };
  const sum = (): bigint => {
    let left = product();
    for (let operator = tokens[0]; operator === "+" || operator === "-"; operator = tokens[0]) {
      tokens.shift();
      left = wrapped(operator === "+" ? left + product() : left - product());
    }
    return left;
  };
  const product = (): bigint => {
    let left = operand();
    for (let operator = tokens[0]; operator === "*" || operator === "/"; operator = tokens[0]) {
      tokens.shift();
      const right = operand();
      left = wrapped(operator === "*" ? left * right : left / (right === 0n ? unknown() : right));
    }
    return left;
  };
  const operand = (): bigint => {
    const token = tokens.shift() ?? "";
    if (token === "(") {
      const value = sum();
      return tokens.shift() === ")" ? value : unknown();
    }
    if (token === "-") return wrapped(-operand());
    return wholeNumber(token) ?? values[token] ?? unknown();
  };
  const result = sum();
  return tokens.length === 0 && isKnown ? result : undefined;
}

/** undefined: no digits, a zero in front (a shell reads 010 as 8), or more than 64 bits hold. */
export function wholeNumber(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value === wrapped(value) ? value : undefined;
}

const wrapped = (value: bigint): bigint => BigInt.asIntN(64, value);
