// Shows what is running as a table or, with --json, as JSON. Exit code 1 if a service has fewer healthy tasks than
// desired.
import { otherCheckoutOn } from "../../infra/local/neighbours.ts";
import { port, serviceUrl } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { readStatus, statusTable, type Status } from "../../infra/local/status.ts";

await runCommand(async () => {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--json");
  if (unknown.length > 0)
    throw new Problem(`status has no option ${unknown.join(" ")}.`, "npm run status, or npm run status -- --json");
  const json = process.argv.includes("--json");
  const other = await otherCheckoutOn(port);
  if (other !== undefined)
    throw new Problem(
      `The local AWS on port ${port} belongs to another checkout, ${other}.`,
      "Run npm run status there, or set RAINBOW_PORT to the port of this checkout's own.",
    );
  const found = await readStatus();
  const status: Status = found ?? { url: serviceUrl, environment: "local", services: [] };
  if (json) console.log(JSON.stringify(status));
  else console.log(found ? statusTable(status) : "The local AWS is not running. Start it with npm start.");
  return status.services.length > 0 && status.services.every(({ desired, healthy }) => healthy >= desired) ? 0 : 1;
});
