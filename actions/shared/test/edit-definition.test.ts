import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edited } from "../src/ecs/task-definition/edit-definition.ts";
import { InputReader } from "../src/inputs.ts";

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,6}$/);
const names = (entries: { name?: string | undefined }[] | undefined) => (entries ?? []).map((entry) => entry.name);
const mappings = {
  environment: fc.dictionary(name, fc.string()),
  secrets: fc.dictionary(name, fc.string({ minLength: 1 })),
};
const container = (environment: Record<string, string>, secrets: Record<string, string>) => ({
  name: "api",
  image: "i",
  environment: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
  secrets: Object.entries(secrets)
    .filter(([key]) => !(key in environment))
    .map(([key, valueFrom]) => ({ name: key, valueFrom })),
});

describe("edited", () => {
  it("takes values byte for byte, leaves other names alone, and has no name twice", () => {
    fc.assert(
      fc.property(
        mappings.environment,
        mappings.secrets,
        mappings.environment,
        mappings.secrets,
        fc.array(name, { maxLength: 3 }),
        (before, secretsBefore, environment, secrets, unset) => {
          const own = new Map(Object.entries(secrets).filter(([key]) => !(key in environment)));
          const definition = { family: "f", containerDefinitions: [container(before, secretsBefore)] };
          const change = {
            environment: new Map(Object.entries(environment)),
            secrets: own,
            unset: unset.filter((key) => !(key in environment) && !own.has(key)),
          };
          const after = edited(definition, { containers: new Map([["api", change]]) }).containerDefinitions![0]!;
          const all = [...names(after.environment), ...names(after.secrets)];
          expect(new Set(all).size).toBe(all.length);
          for (const [key, value] of Object.entries(environment))
            expect(after.environment).toContainEqual({ name: key, value });
          for (const [key, valueFrom] of own) expect(after.secrets).toContainEqual({ name: key, valueFrom });
          for (const [key, value] of Object.entries(before)) {
            if (!(key in environment) && !own.has(key) && !unset.includes(key))
              expect(after.environment).toContainEqual({ name: key, value });
          }
          for (const key of change.unset) expect(all).not.toContain(key);
        },
      ),
    );
  });

  it("keeps any value that a line can hold from the input to the definition", () => {
    const value = fc.string({ unit: "binary" }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, value), (environment) => {
        const lines = Object.entries(environment)
          .map(([key, text]) => `${key}=${text}`)
          .join("\n");
        const read = new InputReader(() => lines).pairs("environment-variables", "a line NAME=value");
        const after = edited(
          { family: "f", containerDefinitions: [{ name: "api", image: "i" }] },
          { containers: new Map([["api", { environment: read }]]) },
        );
        expect(
          Object.fromEntries(
            (after.containerDefinitions![0]!.environment ?? []).map((entry) => [entry.name, entry.value]),
          ),
        ).toEqual(environment);
      }),
    );
  });
});
