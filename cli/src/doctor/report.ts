// The findings as a table by topic.
import { topics, type Finding, type State, type Topic } from "./finding.ts";

const marks: Record<State, string> = { fine: "✓", advice: "·", change: "✗", "not-checked": "?" };

export function table(findings: Finding[]): string {
  const lines = topics.flatMap((topic) =>
    linesOf(
      topic,
      findings.filter((finding) => finding.topic === topic),
    ),
  );
  return [...lines, "", summary(findings)].join("\n");
}

const width = Math.max(...topics.map(({ length }) => length));

/** One remedy for several things stands behind the last of them. */
function linesOf(topic: Topic, findings: Finding[]): string[] {
  return findings.flatMap(({ state, what, remedy }, index) => [
    `${(index === 0 ? topic : "").padEnd(width)}  ${marks[state]} ${what}`,
    ...(remedy === undefined || remedy === findings[index + 1]?.remedy ? [] : [`${" ".repeat(width)}    → ${remedy}`]),
  ]);
}

export function counts(findings: Finding[]): Record<State, number> {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length;
  return { fine: count("fine"), advice: count("advice"), change: count("change"), "not-checked": count("not-checked") };
}

function summary(findings: Finding[]): string {
  const { fine, advice, change, "not-checked": unchecked } = counts(findings);
  return `✗ ${change} to change, · ${advice} to improve, ? ${unchecked} not checked, ✓ ${fine} fine`;
}
