// Writes the skeleton of an action: npm run new-action -- NAME
import { root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { writeNewAction } from "../lib/new-action.ts";

await runCommand(async () => {
  const [name, ...others] = process.argv.slice(2);
  if (name === undefined || others.length > 0)
    throw new Problem("new-action takes one name.", "npm run new-action -- my-action");
  for (const path of await writeNewAction(root, name)) console.log(path);
  console.log(`
Next, as CONTRIBUTING.md says under "Adding an action":
  1. src/inputs.ts, src/main.ts and action.yml: what it takes, does and returns; test/ beside them
  2. iam-policy.json: the calls that it makes, and no more
  3. cli/src/verbs.ts: the command of the same name, if it makes sense in a terminal
  4. npm run sync && npm run build && npm run format
  5. npm test -- types lint format workflows "unit tests" "bundles tests"`);
});
