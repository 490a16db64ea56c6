// Coverage by folder, from vitest's summary of files.
import { relative } from "node:path";
import { table } from "./markdown.ts";

interface Share {
  total: number;
  covered: number;
}

/** Absolute path, or "total", → what was covered. */
export type CoverageSummary = Record<string, { lines: Share; branches: Share }>;

/** A row for each folder above `src`, and one for all: percent of lines and of branches. */
export function coverageTable(summary: CoverageSummary, root: string): string {
  const files = Object.entries(summary).filter(([path]) => path !== "total");
  const folders = Map.groupBy(files, ([path]) => relative(root, path).replace(/\/src\/.*|\/[^/]*$/, ""));
  const rows = [...folders].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return table(
    ["Folder", "Lines", "Branches"],
    [...rows, ["all", files] as const].map(([folder, members]) => [
      folder,
      percent(members.map(([, { lines }]) => lines)),
      percent(members.map(([, { branches }]) => branches)),
    ]),
  );
}

function percent(shares: Share[]): string {
  const sum = (name: keyof Share) => shares.reduce((total, share) => total + share[name], 0);
  return sum("total") === 0 ? "–" : `${((sum("covered") / sum("total")) * 100).toFixed(1)} %`;
}
