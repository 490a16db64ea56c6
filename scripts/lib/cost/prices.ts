// The dated price file, infra/prices.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../infra/local/paths.ts";

export interface Price {
  usd: number;
  unit: string;
  /** Name of the price in the list of AWS. */
  usageType: string;
  source: string;
  /** Date of the list from which the price was quoted, YYYY-MM-DD. */
  asOf: string;
  via?: string;
  note?: string;
}

export interface PriceFile {
  region: string;
  hoursPerMonth: number;
  /** What the plan does not say. */
  usage: Record<string, { value: number; text: string }>;
  prices: Record<string, Price>;
}

export const priceFile = join(root, "infra/prices.json");

export const readPrices = async (): Promise<PriceFile> => JSON.parse(await readFile(priceFile, "utf8")) as PriceFile;
