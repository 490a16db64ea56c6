// The part of `gh` that the commands of `rainbow-deploy init` need, against a record instead of GitHub: the calls of the
// API in calls.json, the variables in variables.env.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.GH_RECORD ?? ".";
const [command, ...args] = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const input = () => readFileSync(0, "utf8");

if (command === "api" && args.includes("--jq")) console.log("456789\n123456");
else if (command === "api" && option("--method") === "PUT")
  appendFileSync(join(folder, "calls"), `PUT ${args[2]} ${JSON.stringify(JSON.parse(input()))}\n`);
else if (command === "api" && option("--method") === "POST") {
  const fields = args.flatMap((word, index) => (word === "--raw-field" ? [args[index + 1]] : []));
  appendFileSync(join(folder, "calls"), `POST ${args[2]} ${fields.join(" ")}\n`);
} else if (command === "variable" && args[0] === "set" && option("--env-file") === "-")
  writeFileSync(join(folder, "variables.env"), input());
else {
  console.error(`gh ${process.argv.slice(2).join(" ")}: not known here`);
  process.exit(1);
}
