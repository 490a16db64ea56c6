// Each command of each runbook is checked against the program that it starts: its options, its inputs, its names.
import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { readInputs as readBuildPush } from "../../../actions/build-push/src/inputs.ts";
import { readInputs as readDbBackup } from "../../../actions/db-backup/src/inputs.ts";
import { readInputs as readDeploy } from "../../../actions/deploy/src/inputs.ts";
import { readInputs as readRender } from "../../../actions/render-task-definition/src/inputs.ts";
import { readInputs as readRollback } from "../../../actions/rollback/src/inputs.ts";
import { readInputs as readServiceControl } from "../../../actions/service-control/src/inputs.ts";
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { readInputs as readSmokeTest } from "../../../actions/smoke-test/src/inputs.ts";
import { parseArguments } from "../../../cli/src/arguments.ts";
import { verbs } from "../../../cli/src/verbs.ts";
import { root } from "../../../infra/local/paths.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { checks, groups, longChecks } from "../checks.ts";
import { readArguments as readRotation } from "../rotation/arguments.ts";
import { selectChecks } from "../select-checks.ts";
import { backup, emergency, readInputs, rollback } from "../workflow-commands.ts";
import { commandsIn, comparable, type Command } from "./commands.ts";
import { isJapanese, runbooks } from "./documents.ts";
import { commandOf, readRecorded, unknownIn } from "./options.ts";

const recorded = readRecorded();

/** The reading of inputs, by which an action refuses what it cannot use. */
const actions: Record<string, (source: InputSource) => unknown> = {
  "build-push": readBuildPush,
  "db-backup": (source) => readDbBackup(source, {}, ""),
  deploy: readDeploy,
  "render-task-definition": readRender,
  rollback: readRollback,
  "service-control": (source) => readServiceControl(source, "somebody"),
  "smoke-test": readSmokeTest,
};

function rainbowDeploy([name = "", ...args]: string[]): void {
  const verb = verbs.find((one) => one.name === name);
  if (!verb) throw new Error(`rainbow-deploy has no command ${name}.`);
  // What a shell puts in is an image, a path or a version.
  const { source } = parseArguments(
    verb,
    args.map((arg) => arg.replaceAll(/\$\(.*?\)/gs, "something")),
  );
  actions[name]?.(source);
}

const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;

function npm(words: string[]): void {
  if (words[0] === "install") return;
  const [name = "", ...rest] = words[0] === "run" ? words.slice(1) : words;
  if (scripts[name] === undefined) throw new Error(`package.json has no script ${name}.`);
  const args = rest[0] === "--" ? rest.slice(1) : rest;
  const selection = name === "test" ? selectChecks(args, { checks, longChecks, groups }) : { checks: [] };
  if ("problem" in selection) throw new Error(selection.problem);
  const command = { rollback, backup, emergency }[name];
  if (command) readInputs(command, args);
  if (name === "rotate") readRotation(args);
  if (!command && !["rotate", "test"].includes(name)) expect(args).toEqual([]);
}

interface Dispatch {
  inputs?: Record<string, { options?: string[]; required?: boolean; default?: unknown }>;
}

/** What GitHub refuses: an input that the workflow does not have, a value that is no option, a missing one. */
function workflow(words: string[]): void {
  const [file = ""] = words.slice(3);
  const { on } = load(readFileSync(join(root, ".github/workflows", file), "utf8")) as {
    on: { workflow_dispatch: Dispatch };
  };
  const { inputs = {} } = on.workflow_dispatch;
  const fields = words.filter((_, index) => words[index - 1] === "--field").map((field) => field.split("="));
  for (const [name = "", value] of fields) {
    expect(Object.keys(inputs)).toContain(name);
    if (inputs[name]?.options) expect(inputs[name].options).toContain(value);
  }
  const required = Object.keys(inputs).filter((name) => inputs[name]?.required && inputs[name].default === undefined);
  expect(fields.map(([name]) => name)).toEqual(expect.arrayContaining(required));
}

/** Of git itself: `git push -h` ends with 129, and lists its options. */
function git([command = "", ...args]: string[]): void {
  const { stdout } = spawnSync("git", [command, "-h"], { encoding: "utf8" });
  expect(stdout).toContain(`git ${command}`);
  if (command === "remote") expect(stdout).toContain(`git remote ${args[0]} `);
  // `log` and `show` take the options of others, which their help does not list.
  if (command === "log") execFileSync("git", ["log", ...args.filter((arg) => arg.startsWith("-"))], { cwd: root });
  else for (const arg of args.filter((one) => one.startsWith("-"))) expect(stdout).toContain(arg.replace(/^--/, ""));
}

/** Where its words are correct is for another test, or for a shell, to say. */
const others = ["bash", "cat", "curl", "grep", "jq", "openssl", "psql", "read", "tail"];

function check(command: Command): void {
  const [program = "", ...words] = command.words;
  if (program === "npx") {
    expect(words[0]).toBe("github:rainbow-seeker/deploy-toolkit");
    return rainbowDeploy(words.slice(1));
  }
  if (program === "./bin/rainbow-deploy") return rainbowDeploy(words);
  if (program === "npm") return npm(words);
  if (program === "git") return git(words);
  if (commandOf[program] === undefined) return expect(others).toContain(program);
  expect(unknownIn(command, recorded)).toEqual([]);
  if (program === "gh" && words[0] === "workflow") workflow(command.words);
  const [, folder] = /^-chdir=(.*)$/.exec(words[0] ?? "") ?? [];
  if (folder !== undefined) expect(existsSync(join(root, folder, "versions.tf"))).toBe(true);
}

describe("the runbooks", () => {
  it("are there for every procedure, in both languages", () => {
    const pages = ["deploy-runbook", "emergency-runbook", "lost-access-runbook", "restore-runbook", "rollback-runbook"];
    expect(runbooks.map(({ path }) => path)).toEqual(
      [...pages, "secrets"].flatMap((name) => [`docs/${name}.ja.md`, `docs/${name}.md`]),
    );
  });

  it.each(runbooks.filter(isJapanese))(
    "$path has the commands of its English page, in their order",
    ({ path, commands }) => {
      const english = runbooks.find((one) => one.path === path.replace(".ja.md", ".md"));
      expect(commands.map(comparable)).toEqual(english?.commands.map(comparable));
    },
  );

  const cases = runbooks.flatMap(({ path, commands }) =>
    commands.map((command) => ({ path, text: command.text, command })),
  );
  it.each(cases)("$path: $text", ({ command }) => {
    expect(() => check(command)).not.toThrow();
  });

  it("are read from the programs' own descriptions, and all of these are used", () => {
    const used = new Set(
      cases.map(({ command }) => `${command.words[0]} ${commandOf[command.words[0] ?? ""]?.(command.words).join(" ")}`),
    );
    for (const [program, { commands }] of Object.entries(recorded))
      for (const name of Object.keys(commands)) expect([...used]).toContain(`${program} ${name}`);
  });
});

describe("the signing key of the runbook", () => {
  it("is a pair that Node reads, on the curve that signatures use", () => {
    const page = readFileSync(join(root, "docs/lost-access-runbook.md"), "utf8");
    const folder = makeTestFolder("key-");
    for (const { words } of commandsIn(page).filter(({ words: [program] }) => program === "openssl"))
      execFileSync(words[0] as string, words.slice(1), { cwd: folder, stdio: "ignore" });
    const key = createPrivateKey(readFileSync(join(folder, "private.pem")));
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    const half = createPublicKey(key).export({ type: "spki", format: "pem" });
    expect(readFileSync(join(folder, "public.pem"), "utf8")).toBe(half);
  });
});

describe("commandsIn", () => {
  const words = (text: string) => commandsIn(text).map((command) => command.words);

  it("reads blocks of sh as a shell does, and code in sentences", () => {
    const block =
      '```sh\nexport A=1\nx=$(aws sts get-caller-identity | jq -r .Account)  # who\n  gh api \\\n  --jq \'a b\' "c \\"d\\"" > file\n```\n';
    expect(words(`${block}Then \`npm run bootstrap\`, or \`terraform\`.\n\n\`\`\`sql\nSELECT 1;\n\`\`\`\n`)).toEqual([
      ["aws", "sts", "get-caller-identity"],
      ["jq", "-r", ".Account"],
      ["gh", "api", "--jq", "a b", 'c "d"'],
      ["npm", "run", "bootstrap"],
    ]);
  });

  it("refuses what is no shell script", () => {
    expect(() => commandsIn("```sh\necho 'unfinished\n```\n")).toThrow("no shell script");
  });

  it.each([
    ["aws ecs update-service --cluster a --servce b", "aws ecs update-service has no --servce"],
    ["aws ecs remove-service --cluster a", "aws ecs remove-service is not recorded"],
    ["gh workflow run deploy.yml --inputs a=b", "gh workflow run has no --inputs"],
    ["terraform -chdir=infra/access apply -force", "terraform apply has no -force"],
  ])("finds what is wrong in: %s", (text, problem) => {
    expect(
      commandsIn(`\`${text}\``)
        .flatMap((command) => unknownIn(command, recorded))
        .join(),
    ).toContain(problem);
  });

  it.each([
    ["./bin/rainbow-deploy rollback --tow 3", "no option --tow"],
    ["./bin/rainbow-deploy service-control stopp", "mode"],
    ["npm run rotate -- production jwt", "The secret must be one of"],
    ["npm run emergency -- halt", "The step must be"],
    ["npm test -- everything", "Unknown check everything"],
    ["gh workflow run rollback.yml --field service=web --field reason=x", "web"],
    ["gh workflow run rollback.yml --field service=api", "reason"],
  ])("finds what is wrong in: %s", (text, problem) => {
    const [command] = commandsIn(`\`${text}\``);
    expect(() => check(command as Command)).toThrow(problem);
  });
});
