// What an environment costs a month, from its Terraform plan and the list prices in infra/prices.json.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";
import { writeCostDocument } from "../lib/cost/document.ts";
import { estimate } from "../lib/cost/estimate.ts";
import { readPrices, type PriceFile } from "../lib/cost/prices.ts";
import {
  comparisonTable,
  estimateTable,
  notPricedList,
  oldPrices,
  savingsTable,
  usageList,
} from "../lib/cost/report.ts";
import { resourcesOf, type Resource } from "../lib/cost/resources.ts";
import { savings } from "../lib/cost/switches.ts";
import { environments, plansOf, type Environment, type PlanJson } from "../lib/environment-plan.ts";

const usage =
  "npm run cost [-- production|staging …]\n" +
  "npm run cost -- --plan FILE [--before FILE], with files of terraform show -json\n" +
  "npm run cost -- --change FILE, which compares the cost before the plan with that after it\n" +
  "npm run cost -- --write, which writes docs/cost.md";

await runCommand(async () => {
  const { values, positionals } = readArguments();
  const prices = await readPrices();
  if (values.change !== undefined) {
    const plan = await readPlan(values.change);
    const [before, after] = [resourcesOf(plan, "before"), resourcesOf(plan)];
    console.log(comparisonTable(estimate(before, prices), estimate(after, prices)));
  } else if (values.plan !== undefined) {
    const after = await resourcesIn(values.plan);
    if (values.before === undefined) print("The plan", after, prices);
    else console.log(comparisonTable(estimate(await resourcesIn(values.before), prices), estimate(after, prices)));
  } else if (values.write === true) {
    const plans = { production: await planned("production"), staging: await planned("staging") };
    console.log(await writeCostDocument(plans, prices));
  } else {
    for (const name of positionals) print(name, await planned(name), prices);
  }
  const old = oldPrices(prices, new Date());
  if (old.length > 0)
    console.error(`\nPrices that nobody has compared with the list of AWS for a year: ${old.join(", ")}`);
});

async function planned(environment: Environment): Promise<Resource[]> {
  const plan = (await plansOf(environment))["with_ids"];
  if (plan === undefined) throw new Error(`tests/github.tftest.hcl of ${environment} has no run with_ids.`);
  return resourcesOf(plan);
}

const resourcesIn = async (path: string): Promise<Resource[]> => resourcesOf(await readPlan(path));

async function readPlan(path: string): Promise<PlanJson> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new Problem(`Cannot read ${path}.`, usage, { cause });
  });
  const plan = JSON.parse(text) as Partial<PlanJson>;
  if (plan.resource_changes === undefined)
    throw new Problem(`${path} is not a plan.`, "Write it with terraform show -json change.tfplan > plan.json.");
  return { ...plan, resource_changes: plan.resource_changes };
}

function print(name: string, resources: Resource[], prices: PriceFile): void {
  const result = estimate(resources, prices);
  const parts = [
    `# ${name}, list prices of ${prices.region}`,
    estimateTable(result),
    savingsTable(savings(resources, prices)),
    `Assumptions:\n${usageList(result, prices)}`,
    `Not in the sum:\n${notPricedList(result)}`,
  ];
  console.log(`${parts.join("\n\n")}\n`);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        plan: { type: "string" },
        before: { type: "string" },
        change: { type: "string" },
        write: { type: "boolean" },
      },
    });
    const names = positionals.length === 0 ? environments : positionals;
    const known = names.filter((name): name is Environment => environments.some((one) => one === name));
    const unknown = names.find((name) => !environments.some((one) => one === name));
    if (unknown !== undefined) throw new Error(`Unknown environment ${unknown}.`);
    if (values.before !== undefined && values.plan === undefined) throw new Error("--before needs --plan.");
    return { values, positionals: known };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
