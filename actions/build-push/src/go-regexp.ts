// A regular expression of Go, matched as Go does it: by code points, in time proportional to the length of the text.
// JavaScript's own would need exponential time for patterns such as **/**/**/**/a.
import { asGoReads } from "./byte-text.ts";
import { isWordCharacter, parseGoRegexp, type Assertion, type Expression } from "./go-regexp-parser.ts";

type Instruction =
  | { kind: "character"; matches: (codePoint: number) => boolean; next: number }
  | { kind: "assertion"; holds: Assertion; next: number }
  | { kind: "split"; targets: number[] }
  | { kind: "match" };

/** What is beside a position: nothing at the two ends, else a character of a word, or another one. */
type Neighbour = "none" | "word" | "other";

/** Where the program can be before a character is read; its successors are computed when they are first needed. */
interface State {
  readonly positions: readonly number[];
  readonly before: Neighbour;
  readonly successors: Map<number, State | "matched">;
  matchesAtEnd?: boolean;
}

/** States that are kept, so that a hostile pattern cannot take all memory. */
const maximumStates = 2000;

export class GoRegexp {
  private readonly program: Instruction[] = [{ kind: "match" }];
  private readonly start: number;
  private readonly states = new Map<string, State>();

  /** @throws RegexpError as Go's regexp.Compile does */
  constructor(source: string) {
    this.start = this.emit(parseGoRegexp(source), 0);
  }

  /** Whether any part of the text matches: only "^" and "$" tie it to the ends. */
  test(text: string): boolean {
    let state = this.state([this.start], "none");
    for (let at = 0; at < text.length; at++) {
      const codePoint = text.codePointAt(at) ?? 0;
      if (codePoint > 0xffff) at++;
      const next = state.successors.get(codePoint) ?? this.advance(state, codePoint);
      if (next === "matched") return true;
      state = next;
    }
    return (state.matchesAtEnd ??= this.reach(state, "none").matched);
  }

  /** Instructions for the expression, from its end to its start. @returns where they start */
  private emit(expression: Expression, next: number): number {
    switch (expression.kind) {
      case "character":
        return this.add({ kind: "character", matches: expression.matches, next });
      case "assertion":
        return this.add({ kind: "assertion", holds: expression.holds, next });
      case "sequence":
        return expression.parts.reduceRight((after, part) => this.emit(part, after), next);
      case "choice":
        return this.add({ kind: "split", targets: expression.parts.map((part) => this.emit(part, next)) });
      case "repetition":
        return this.emitRepetition(expression, next);
    }
  }

  private emitRepetition(
    { part, minimum, maximum }: Extract<Expression, { kind: "repetition" }>,
    next: number,
  ): number {
    let start = next;
    if (maximum === Infinity) {
      const targets = [next];
      start = this.add({ kind: "split", targets });
      targets.push(this.emit(part, start));
    } else {
      for (let optional = minimum; optional < maximum; optional++)
        start = this.add({ kind: "split", targets: [next, this.emit(part, start)] });
    }
    for (let required = 0; required < minimum; required++) start = this.emit(part, start);
    return start;
  }

  private add(instruction: Instruction): number {
    return this.program.push(instruction) - 1;
  }

  private advance(state: State, codePoint: number): State | "matched" {
    const read = asGoReads(codePoint);
    const neighbour = isWordCharacter(read) ? "word" : "other";
    const { matched, characters } = this.reach(state, neighbour);
    const positions = characters.filter(({ matches }) => matches(read)).map(({ next }) => next);
    // A match can start after each character.
    const next = matched ? "matched" : this.state([this.start, ...positions], neighbour);
    state.successors.set(codePoint, next);
    return next;
  }

  private state(positions: number[], before: Neighbour): State {
    const sorted = [...new Set(positions)].toSorted((a, b) => a - b);
    const key = `${before} ${sorted.join(" ")}`;
    const known = this.states.get(key);
    if (known) return known;
    if (this.states.size >= maximumStates) {
      for (const { successors } of this.states.values()) successors.clear();
      this.states.clear();
    }
    const state: State = { positions: sorted, before, successors: new Map() };
    this.states.set(key, state);
    return state;
  }

  /** Everything that can be reached without reading a character. */
  private reach({ positions, before }: State, after: Neighbour): Reached {
    const characters: Reached["characters"] = [];
    const seen = new Set<number>();
    const open = [...positions];
    let matched = false;
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      if (seen.has(position)) continue;
      seen.add(position);
      const instruction = this.program[position];
      if (instruction?.kind === "match") matched = true;
      else if (instruction?.kind === "character") characters.push(instruction);
      else if (instruction?.kind === "split") open.push(...instruction.targets);
      else if (instruction && holds(instruction.holds, before, after)) open.push(instruction.next);
    }
    return { matched, characters };
  }
}

interface Reached {
  matched: boolean;
  characters: Extract<Instruction, { kind: "character" }>[];
}

function holds(assertion: Assertion, before: Neighbour, after: Neighbour): boolean {
  switch (assertion) {
    case "begin":
      return before === "none";
    case "end":
      return after === "none";
    case "word boundary":
      return (before === "word") !== (after === "word");
    case "no word boundary":
      return (before === "word") === (after === "word");
  }
}
