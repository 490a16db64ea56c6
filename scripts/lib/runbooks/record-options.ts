// Writes recorded-options.json: which options the programs have that the runbooks use, as they say themselves. It needs
// the programs: `pip install awscli`, `gh` and `terraform` on the PATH, and Python as `python3`.
//
//     node scripts/lib/runbooks/record-options.ts
import { writeFileSync } from "node:fs";
import { attempt, run } from "../../../infra/local/process.ts";
import { runbooks } from "./documents.ts";
import { commandOf, recordedFile, type Recorded } from "./options.ts";

/** The AWS CLI's own tables, as it parses its arguments by: of operations, of what it adds to them, and of all. */
const awsOptions = `
import json, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
found = {}
for path in json.load(sys.stdin):
    command = driver
    for word in path.split():
        has_own = hasattr(command, "subcommand_table")
        command = (command.subcommand_table if has_own else command._get_command_table())[word]
    table = command.arg_table
    names = [f"--{name}" for name in table] + [f"--{name}" for name in driver._get_argument_table()]
    found[path] = sorted(set(names))
json.dump(found, sys.stdout)
`;

const optionsIn = (help: string): string[] =>
  [...new Set([...help.matchAll(/^\s+(?:(-\w), )?(--?[a-z][\w-]*)/gm)].flatMap(([, short, long]) => [short, long]))]
    .filter((option) => option !== undefined)
    .toSorted();

const paths = (program: string): string[] => {
  const all = runbooks.flatMap(({ commands }) => commands).filter(({ words }) => words[0] === program);
  return [
    ...new Set(all.map(({ words }) => (commandOf[program] as (words: string[]) => string[])(words).join(" "))),
  ].toSorted();
};

async function helpOf(command: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(command);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout + stderr;
}

async function fromHelp(
  program: string,
  help: (path: string[]) => string[],
  more: string[],
): Promise<Recorded[string]> {
  const entries = paths(program).map(async (path): Promise<[string, string[]]> => [
    path,
    [...more, ...optionsIn(await helpOf([program, ...help(path.split(" "))]))],
  ]);
  const [version = ""] = (await helpOf([program, "version"])).split("\n");
  return { version, commands: Object.fromEntries(await Promise.all(entries)) };
}

const aws = JSON.parse(await run(["python3", "-c", awsOptions], { input: JSON.stringify(paths("aws")) })) as Record<
  string,
  string[]
>;
const recorded: Recorded = {
  aws: { version: (await run(["python3", "-c", "import awscli; print(awscli.__version__)"])).trim(), commands: aws },
  gh: await fromHelp("gh", (path) => [...path, "--help"], []),
  // -chdir is an option of Terraform itself.
  terraform: await fromHelp("terraform", (path) => [...path, "-help"], ["-chdir"]),
};
writeFileSync(recordedFile, `${JSON.stringify(recorded, null, 2)}\n`);
