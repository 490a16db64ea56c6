// Workflows made of pieces, some of which are references: the result must be the same pieces with other references, byte
// for byte, and both must be read (by js-yaml, which is not the parser under test) as the same but for `uses`.
import fc from "fast-check";
import { load } from "js-yaml";
import { expect, it } from "vitest";
import { byCommit, byTag, plan, repository } from "./fixtures.ts";
import type { Pin } from "../../src/migrate/model.ts";

/** A piece of text, or a reference with what follows it: as it is, and as it has to be. */
type Piece = string | { before: string; after: (pin: Pin) => string };

const replaced = {
  "aws-actions/amazon-ecs-deploy-task-definition": "deploy",
  "Aws-Actions/amazon-ecs-Render-task-definition": "render-task-definition",
};

const name = fc.constantFrom(...(Object.keys(replaced) as (keyof typeof replaced)[]));
const version = fc.constantFrom("v1", "v2", "v2.3.1", "main", "f".repeat(40));
const text = fc.stringMatching(/^[ !#-&(-[\]-~äé日]{0,12}$/);
const blanks = fc.constantFrom("", " ", "  ");
const quote = fc.constantFrom("", "'", '"');

/** The value, quoted or not, with its comment: at the end of a line. */
const reference = fc
  .record({
    name,
    version,
    quote,
    gap: fc.constantFrom(" ", "  ", "\t"),
    own: fc.option(fc.stringMatching(/^[a-z ]{1,9}$/)),
  })
  .chain((one) => fc.constantFrom("none", "release", "note").map((kind) => ({ ...one, kind })))
  .map(({ name, version, quote, gap, own, kind }): Piece => {
    const value = (inner: string) => `${quote}${inner}${quote}`;
    const note = kind === "note" ? `${gap}# ${own ?? "note"}` : "";
    return {
      before: value(`${name}@${version}`) + (kind === "release" ? `${gap}# v1.9.1` : note),
      after: (pin) => {
        const ours = value(`${repository}/actions/${replaced[name]}@${pin.reference}`);
        if (pin.version === undefined) return ours + note;
        return ours + (kind === "release" ? `${gap}# ${pin.version}` : ` # ${pin.version}${note}`);
      },
    };
  });

/** The value alone, where no comment can follow. */
const bare = (quotes: fc.Arbitrary<string>) =>
  fc.tuple(name, version, quotes).map(([name, version, quote]): Piece => ({
    before: `${quote}${name}@${version}${quote}`,
    after: (pin) => `${quote}${repository}/actions/${replaced[name]}@${pin.reference}${quote}`,
  }));

const inputs = "{task-definition: task.json, container-name: web, image: 'web:1'}";
const mention = "uses: aws-actions/amazon-ecs-deploy-task-definition@v2";

/** A step as lines, of which the first begins behind its dash. */
const step: fc.Arbitrary<Piece[][]> = fc.oneof(
  fc
    .tuple(reference, text)
    .map(([value, words]) => [["uses: ", value], [`name: ${JSON.stringify(words)}`], [`with: ${inputs}`]]),
  fc.tuple(reference, blanks).map(([value, gap]) => [[`with: ${inputs}`], [`"uses":${gap} `, value], ["", "# below"]]),
  fc.tuple(bare(quote), blanks).map(([value, gap]) => [[`{uses: `, value, `${gap}, with: ${inputs}}`]]),
  fc
    .tuple(bare(fc.constant("")), fc.constantFrom(">-", "|-", ">2-", "|"))
    .map(([value, header]) => [[`uses: ${header}`], ["  ", value], [`with: ${inputs}`]]),
  fc.tuple(reference).map(([value]) => [["uses:"], ["  ", value], [`with: ${inputs}`]]),
  text.map((words) => [["run: |"], [`  # ${mention}`], [`  \techo '${words}'`], ["", `  ${mention}`]]),
  text.map((words) => [[`name: ${JSON.stringify(`${mention} ${words}`)}`], ["uses: actions/checkout@v4 # ", mention]]),
);

const job = fc
  .tuple(fc.array(step, { maxLength: 5 }), fc.constantFrom(0, 2, 4))
  .map(([steps, dash]) => [
    ["    runs-on: ubuntu-latest"],
    [`    steps:${steps.length === 0 ? " []" : ""}`],
    ...steps.flatMap((lines) =>
      lines.map((line, index): Piece[] => [" ".repeat(4 + dash), index === 0 ? "- " : "  ", ...line]),
    ),
  ]);

const generated = fc
  .record({
    jobs: fc.array(job, { minLength: 1, maxLength: 3 }),
    lineBreak: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\uFEFF"),
    head: fc.constantFrom("", "---", `# ${mention}`, ""),
    end: fc.constantFrom("", "\n", "\n\n"),
  })
  .map(({ jobs, lineBreak, mark, head, end }): Piece[] => {
    const lines = [["on: push"], ["jobs:"], ...jobs.flatMap((one, index) => [[`  job${index}:`], ...one])];
    const body = lines.flatMap((line, index) => (index === 0 ? line : [lineBreak, ...line]));
    return [mark, ...(head === "" ? [] : [head, lineBreak]), ...body, end.replaceAll("\n", lineBreak)];
  });

const joined = (pieces: Piece[], pick: (piece: Exclude<Piece, string>) => string) =>
  pieces.map((piece) => (typeof piece === "string" ? piece : pick(piece))).join("");

const withoutUses = (document: unknown): string =>
  JSON.stringify(document, (key, value: unknown) => (key === "uses" && typeof value === "string" ? "…" : value));

it.each([byCommit, byTag])("changes references and nothing else: %o", (pin) => {
  fc.assert(
    fc.property(generated, (pieces) => {
      const before = joined(pieces, (piece) => piece.before);
      const after = joined(pieces, (piece) => piece.after(pin));
      const result = plan(before, pin);
      expect(result.problems).toEqual([]);
      expect(result.after).toBe(after);
      expect(withoutUses(load(after))).toBe(withoutUses(load(before)));
      expect(plan(after, pin).after).toBe(after);
    }),
    { numRuns: 60 },
  );
});
