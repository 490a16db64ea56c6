// What the resources of a Terraform plan cost a month.
import type { PriceFile } from "./prices.ts";
import type { Resource } from "./resources.ts";
import { rules, type Quantity } from "./rules.ts";

export interface Line {
  address: string;
  /** For example "4 × cache.r6g.large, 730 hours". */
  what: string;
  /** USD a month. */
  monthly: number;
  /** The key in `usage` that the line depends on, which is an assumption. */
  usage?: string;
}

export interface Estimate {
  lines: Line[];
  /** Resources for which the price file has no price: address and what is missing. */
  notPriced: { address: string; reason: string }[];
  total: number;
}

export function estimate(resources: readonly Resource[], file: PriceFile): Estimate {
  const lines: Line[] = [];
  const notPriced: Estimate["notPriced"] = [];
  for (const resource of resources) {
    const rule = rules[resource.type];
    if (rule === "free") continue;
    if (rule === undefined || typeof rule === "string") {
      notPriced.push({ address: resource.address, reason: rule ?? `no rule for ${resource.type}` });
      continue;
    }
    for (const quantity of rule(resource, { resources, usage: (key) => usageOf(file, key) })) {
      const line = priced(quantity, resource.address, file);
      if (typeof line === "string") notPriced.push({ address: resource.address, reason: line });
      else lines.push(line);
    }
  }
  return { lines, notPriced, total: lines.reduce((sum, { monthly }) => sum + monthly, 0) };
}

function usageOf(file: PriceFile, key: string): number {
  const usage = file.usage[key];
  if (usage === undefined) throw new Error(`infra/prices.json has no usage ${key}.`);
  return usage.value;
}

/** A line, or the reason why there is none. */
function priced({ price: key, amount, hourly = false, what, usage }: Quantity, address: string, file: PriceFile) {
  const price = file.prices[key];
  if (price === undefined) return `infra/prices.json has no price ${key}`;
  const monthly = amount * (hourly ? file.hoursPerMonth : 1) * price.usd;
  const line: Line = { address, what, monthly };
  return usage === undefined ? line : { ...line, usage };
}

export interface Difference {
  address: string;
  before: number;
  after: number;
}

/** Resources whose monthly cost differs between two estimates, the largest difference first. */
export function compare(before: Estimate, after: Estimate): Difference[] {
  const sums = (lines: readonly Line[]) => {
    const byAddress = new Map<string, number>();
    for (const { address, monthly } of lines) byAddress.set(address, (byAddress.get(address) ?? 0) + monthly);
    return byAddress;
  };
  const [old, current] = [sums(before.lines), sums(after.lines)];
  return [...new Set([...old.keys(), ...current.keys()])]
    .map((address) => ({ address, before: old.get(address) ?? 0, after: current.get(address) ?? 0 }))
    .filter((one) => Math.abs(one.after - one.before) >= 0.005)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
}
