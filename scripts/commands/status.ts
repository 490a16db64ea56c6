// What runs: a table, or --json. Exit code 1 when something that should run does not.
import { serviceUrl } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { readStatus, statusTable, type Status } from "../../infra/local/status.ts";

await runCommand(async () => {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--json");
  if (unknown.length > 0)
    throw new Problem(`status does not know ${unknown.join(" ")}.`, "npm run status, or npm run status -- --json");
  const json = process.argv.includes("--json");
  const found = await readStatus();
  const status: Status = found ?? { url: serviceUrl, environment: "local", services: [] };
  if (json) console.log(JSON.stringify(status));
  else console.log(found ? statusTable(status) : "The local AWS does not run. npm start starts it.");
  return status.services.length > 0 && status.services.every(({ desired, healthy }) => healthy >= desired) ? 0 : 1;
});
