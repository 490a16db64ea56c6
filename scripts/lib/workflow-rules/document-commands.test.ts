// Commands in the documents that start workflows have inputs that these take.
import { globSync } from "node:fs";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { read } from "../read-workflows.ts";

describe("commands in documents", () => {
  interface Dispatch {
    inputs?: Record<string, { type?: string; options?: string[]; required?: boolean; default?: unknown }>;
  }
  const documents = globSync(["*.md", "docs/*.md"], { cwd: root });
  const commands = documents.flatMap((path) =>
    [
      ...read(path)
        .replaceAll("\\\n", " ")
        .matchAll(/gh workflow run (\S+\.yml)((?: +--field \S+?=(?:"[^"]*"|[^\s`]*))*)/g),
    ].map(([text, file = "", fields = ""]) => ({ path, text, file, fields })),
  );

  it.each(commands)("$path: $text starts a workflow with inputs that it has", ({ file, fields }) => {
    const { on } = load(read(`.github/workflows/${file}`)) as { on: { workflow_dispatch: Dispatch } };
    const { inputs = {} } = on.workflow_dispatch;
    const given = new Map(
      [...fields.matchAll(/--field (\S+?)=("[^"]*"|\S*)/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    for (const [name, value] of given) {
      expect(Object.keys(inputs)).toContain(name);
      if (inputs[name]?.options) expect(inputs[name].options).toContain(value);
    }
    const required = Object.keys(inputs).filter((name) => inputs[name]?.required && inputs[name].default === undefined);
    expect([...given.keys()]).toEqual(expect.arrayContaining(required));
  });

  it("has those of the emergency runbook, in both languages and for every step but release", () => {
    for (const path of ["docs/emergency-runbook.md", "docs/emergency-runbook.ja.md"]) {
      const steps = commands
        .filter((command) => command.path === path && command.file === "emergency.yml")
        .map(({ fields }) => /step=(\w+)/.exec(fields)?.[1]);
      expect(steps).toEqual(["stop", "protect", "status", "resume"]);
    }
  });
});
