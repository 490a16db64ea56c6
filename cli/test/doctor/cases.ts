// One thing that is wrong in a world where all else is well, and what doctor says of it.
import { describe, expect, it } from "vitest";
import { AwsError } from "../../../actions/shared/test/scripted-aws.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { account, examined, makeWorld, repository, variables, variablesAnswer, type World } from "./world.ts";

export const path = `/repos/${repository}`;
export const denied = (action: string) => () =>
  new AwsError(
    "AccessDeniedException",
    `User: arn:aws:sts::${account}:assumed-role/reader/me is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    403,
  );
export const deniedByIam = (action: string) => () => new AwsError("AccessDenied", denied(action)().message, 403);

export const problemsIn = (findings: Finding[]) => findings.filter(({ state }) => state !== "fine");

export interface Case {
  name: string;
  change: (world: World) => void;
  topic: Finding["topic"];
  state: Finding["state"];
  what: RegExp;
  remedy: RegExp;
}

export const wrong = (
  name: string,
  change: Case["change"],
  expected: [Finding["topic"], Finding["state"], RegExp, RegExp],
): Case => ({ name, change, topic: expected[0], state: expected[1], what: expected[2], remedy: expected[3] });

export const environmentPath = `${path}/environments/production`;
export const withoutVariable = (name: string) => {
  const { [name]: _value, ...others } = variables;
  return variablesAnswer(others);
};

export const describeCases = (cases: Case[]) =>
  describe("one thing wrong", () => {
    it.each(cases)("$name", async ({ change, topic, state, what, remedy }) => {
      const world = makeWorld();
      change(world);
      const { findings, problems } = await examined(world);
      expect(problems).toEqual([]);
      expect(problemsIn(findings)).toContainEqual({
        topic,
        state,
        what: expect.stringMatching(what),
        remedy: expect.stringMatching(remedy),
      });
      // The thing that is wrong is all that is said, apart from what follows from it in the same or another topic.
      expect(problemsIn(findings).length).toBeLessThanOrEqual(4);
    });
  });
