// Formats every file of the repository in place; `npm test -- format` checks it.
import { runCommand } from "../../infra/local/progress.ts";
import { format } from "../lib/format.ts";

await runCommand(async () => {
  await format({ check: false }, (text) => console.log(text));
});
