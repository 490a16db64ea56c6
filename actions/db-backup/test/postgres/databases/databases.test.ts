// Databases as others have them: each is backed up, proven by a restore, restored, and compared to the letter.
import { afterAll, describe, expect, it } from "vitest";
import { Server } from "../server.ts";
import { describeNeed, hasNeed, type Example, type Need } from "./example.ts";
import { expectResult } from "./run-example.ts";
import { topics } from "./topics.ts";

/** All of them; otherwise a cross-section. */
const isLong = process.env["RAINBOW_DATABASES"] === "all";

// Before the tests are known: the server decides which ones there are.
const server = await Server.start();
afterAll(() => server.stop());

const examples = Object.entries(topics).flatMap(([topic, members]) =>
  members.filter(({ short }) => isLong || short).map((example) => ({ topic, ...example })),
);
const leftOut: string[] = [];
const included: (Example & { topic: string })[] = [];
for (const example of examples) {
  const lacking = await missingNeed(example);
  if (lacking === undefined) included.push(example);
  else leftOut.push(`${example.topic}: ${example.name}, needs ${describeNeed(lacking)}`);
}

async function missingNeed({ needs = [] }: Example): Promise<Need | undefined> {
  for (const need of needs) if (!(await hasNeed(server, need))) return need;
  return undefined;
}

for (const line of leftOut) console.log(`left out on PostgreSQL ${server.programs.version}: ${line}`);

it("have names of their own", () => {
  const names = examples.map(({ topic, name }) => `${topic}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
});

describe.concurrent(`PostgreSQL ${server.programs.major}`, () => {
  it.each(included.map((example, number) => [example.topic, example.name, example, number] as const))(
    "%s: %s",
    { timeout: 600_000 },
    (_topic, _name, example, number) => expectResult(server, example, { number, isProven: isLong }),
  );
});
