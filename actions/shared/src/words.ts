/**
 * A command written as one line → its words, as a shell takes them apart: spaces separate, quotes keep together, a
 * backslash
 * keeps the next character. Without quotes it is what splitting at spaces gives. Nothing is expanded.
 * @returns undefined when a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (quote === "'" ? letter !== "'" : letter === "\\" && at + 1 < line.length) {
      // Between double quotes a backslash is one, but before what would end or escape.
      const literal = quote === "'" || (quote === '"' && !'"\\$`'.includes(line.charAt(at + 1)));
      word = (word ?? "") + (literal ? letter : line.charAt((at += 1)));
    } else if (quote !== "") {
      if (letter === quote) quote = "";
      else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}
