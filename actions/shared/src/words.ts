/**
 * A command written as one line → its words. Blanks separate them. A word that begins with a quote is one as a shell
 * reads it, blanks included, and so is the value of an option or a variable (`--name="a b"`). Everything else is taken
 * as it is: a backslash of a Windows path, the apostrophe of `it's`, the quotes of `{"a":1}`. So a line in which no word
 * is quoted as a whole is what splitting at the blanks gives. Nothing is expanded.
 * @returns `isClosed` false: a quote is not closed, and the words are those between the blanks.
 */
export function splitWords(line: string): { words: string[]; isClosed: boolean } {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line.charAt(at))) {
      at += 1;
      continue;
    }
    const [plain = ""] = /^\S+/.exec(line.slice(at)) ?? [];
    const [name] = /^(?:[\w.-]+=)?(?=["'])/.exec(plain) ?? [];
    if (name === undefined) {
      words.push(plain);
      at += plain.length;
      continue;
    }
    const quoted = quotedWord(line, at + name.length);
    if (quoted === undefined) return { words: line.split(/\s+/).filter((word) => word !== ""), isClosed: false };
    words.push(name + quoted.word);
    at = quoted.end;
  }
  return { words, isClosed: true };
}

/** A word up to the next blank outside of quotes; undefined when a quote of it is not closed. */
function quotedWord(line: string, start: number): { word: string; end: number } | undefined {
  let word = "";
  let quote = "";
  let at = start;
  for (; at < line.length && (quote !== "" || !/\s/.test(line.charAt(at))); at += 1) {
    const letter = line.charAt(at);
    if (quote !== "'" && letter === "\\" && at + 1 < line.length) {
      // Between double quotes a backslash is one, except before what would end or escape.
      if (quote === '"' && !'"\\$`'.includes(line.charAt(at + 1))) word += letter;
      else word += line.charAt((at += 1));
    } else if (letter === quote) quote = "";
    else if (quote === "" && (letter === "'" || letter === '"')) quote = letter;
    else word += letter;
  }
  return quote === "" ? { word, end: at } : undefined;
}
