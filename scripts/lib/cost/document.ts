// The generated part of docs/cost.md.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../infra/local/paths.ts";
import { environments, type Environment } from "../environment-plan.ts";
import { formatted, replaceSection, table } from "../markdown.ts";
import { estimate } from "./estimate.ts";
import type { PriceFile } from "./prices.ts";
import { estimateTable, notPricedList, savingsTable, usageList, usd } from "./report.ts";
import type { Resource } from "./resources.ts";
import { savings } from "./switches.ts";

const file = "docs/cost.md";

/** The sum of each environment in docs/cost.md, in USD a month. */
export async function documentedTotals(): Promise<Record<Environment, number>> {
  const text = await readFile(join(root, file), "utf8");
  const [production, staging] = [...text.matchAll(/^\*\*([\d.]+) USD a month\*\*$/gm)].map(([, sum]) => Number(sum));
  if (production === undefined || staging === undefined) throw new Error(`${file} does not have two sums.`);
  return { production, staging };
}

/** docs/cost.md as the plans make it. */
async function costDocument(plans: Record<Environment, Resource[]>, prices: PriceFile): Promise<string> {
  const actual = await readFile(join(root, file), "utf8");
  const sections = environments.map((name) => {
    const result = estimate(plans[name], prices);
    return `## ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${[
      `**${usd(result.total)} USD a month**`,
      estimateTable(result),
      "What saves most:",
      savingsTable(savings(plans[name], prices)),
      "Assumptions:",
      usageList(result, prices),
      "Not in the sum:",
      notPricedList(result),
    ].join("\n\n")}`;
  });
  const content = [...sections, "## Prices", priceTable(prices)].join("\n\n");
  return formatted(file, replaceSection(actual, { name: "cost", content, file }));
}

const priceTable = ({ prices }: PriceFile): string =>
  table(
    ["Price", "USD", "Unit", "In the list of AWS", "As of"],
    Object.entries(prices).map(([key, { usd: amount, unit, usageType, source, asOf, via, note }]) => [
      `\`${key}\``,
      String(amount),
      unit,
      `[\`${usageType}\`](${source})${via === undefined ? "" : `, [copy](${via})`}${note === undefined ? "" : `. ${note}`}`,
      asOf,
    ]),
  );

export async function writeCostDocument(plans: Record<Environment, Resource[]>, prices: PriceFile): Promise<string> {
  await writeFile(join(root, file), await costDocument(plans, prices));
  return file;
}
