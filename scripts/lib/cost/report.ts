// Estimates as text: for a terminal, for docs/cost.md, and for a comment on a change.
import { table } from "../markdown.ts";
import { compare, type Estimate, type Line } from "./estimate.ts";
import type { PriceFile } from "./prices.ts";
import type { Saving } from "./switches.ts";

export const usd = (amount: number): string => amount.toFixed(2);

/** module.platform.module.network.aws_eip.nat["a"] → network.aws_eip.nat["a"] */
const short = (address: string): string => address.replace(/^module\.platform\./, "").replaceAll("module.", "");

/** Lines with the same type and description, under their first address. */
function grouped(lines: readonly Line[]): { address: string; count: number; what: string; monthly: number }[] {
  const groups = new Map<string, { address: string; count: number; what: string; monthly: number }>();
  for (const { address, what, monthly } of lines) {
    const key = `${address.replaceAll(/\[[^\]]*\]/g, "")} ${what}`;
    const group = groups.get(key) ?? { address: short(address), count: 0, what, monthly: 0 };
    groups.set(key, { ...group, count: group.count + 1, monthly: group.monthly + monthly });
  }
  return [...groups.values()].map((group) =>
    group.count === 1 ? group : { ...group, address: group.address.replaceAll(/\[[^\]]*\]/g, "") },
  );
}

/** A table of what is billed, the dearest first, and its sum. */
export function estimateTable({ lines, total }: Estimate): string {
  const rows = grouped(lines)
    .filter(({ monthly }) => monthly > 0)
    .toSorted((a, b) => b.monthly - a.monthly || a.address.localeCompare(b.address))
    .map(({ address, count, what, monthly }) => [
      `\`${address}\``,
      count === 1 ? what : `${count} × ${what}`,
      usd(monthly),
    ]);
  return table(["Resource", "What", "USD a month"], [...rows, ["**Total**", "", `**${usd(total)}**`]]);
}

export function savingsTable(savings: readonly Saving[]): string {
  const rows = savings.map(({ setting, instead, monthly }) => [setting, usd(monthly), instead]);
  return table(["Setting", "Saves, USD a month", "Instead"], rows);
}

/** What the estimate leaves out, by reason. */
export function notPricedList({ notPriced }: Estimate): string {
  const byReason = new Map<string, string[]>();
  for (const { address, reason } of notPriced)
    byReason.set(reason, [...new Set([...(byReason.get(reason) ?? []), short(address).replaceAll(/\[[^\]]*\]/g, "")])]);
  return [...byReason]
    .map(([reason, addresses]) => `- ${addresses.map((one) => `\`${one}\``).join(", ")}: ${reason}`)
    .join("\n");
}

/** The assumptions of the price file that the estimate depends on. */
export function usageList({ lines }: Estimate, { usage }: PriceFile): string {
  const keys = new Set(lines.flatMap(({ usage: key }) => (key === undefined ? [] : [key])));
  return [...keys]
    .toSorted()
    .map((key) => `- ${usage[key]?.value} ${usage[key]?.text} (\`${key}\`)`)
    .join("\n");
}

/** What a change costs: for a comment on a pull request. */
export function comparisonTable(before: Estimate, after: Estimate): string {
  const difference = (amount: number) => `${amount < 0 ? "−" : "+"}${usd(Math.abs(amount))}`;
  const rows = compare(before, after).map((one) => [
    `\`${short(one.address)}\``,
    usd(one.before),
    usd(one.after),
    difference(one.after - one.before),
  ]);
  const sum = ["**Total**", usd(before.total), usd(after.total), `**${difference(after.total - before.total)}**`];
  return table(["Resource", "Before", "After", "USD a month"], [...rows, sum]);
}

/** Prices that were last compared with the list more than a year before the day. */
export function oldPrices({ prices }: PriceFile, day: Date): string[] {
  const limit = new Date(day);
  limit.setUTCFullYear(limit.getUTCFullYear() - 1);
  return Object.entries(prices)
    .filter(([, { asOf }]) => new Date(asOf) < limit)
    .map(([key, { asOf }]) => `${key} (${asOf})`);
}
