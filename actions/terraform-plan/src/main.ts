import { ConfigurationError, FailedError, messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import { blocks, codeBlock, details, table } from "../../shared/src/summary/blocks.ts";
import { clip, cleanText, code, markup, raw, type Markup } from "../../shared/src/summary/markup.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import type { Status } from "../../shared/src/summary/section.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Inputs } from "./inputs.ts";
import { changesOf, readPlan, type Plan } from "./plan.ts";

export interface Dependencies {
  readText: (path: string) => Promise<string>;
  log: Log;
  hide: (secret: string) => void;
  setOutputs: (outputs: Record<string, string | boolean>) => void;
}

/** Characters; comments of pull requests hold 65,536, for the plans of all environments. */
const longestReport = 20_000;

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { log, setOutputs } = dependencies;
  const plan = readPlan(await read(dependencies, inputs.plan), { path: inputs.plan, hide: dependencies.hide });
  const changes = changesOf(plan);
  const report = await reportOf(inputs, plan, dependencies);
  setOutputs({ changed: changes !== "", digest: plan.digest, changes, report: clipped(report.markup) });

  const headline = `${inputs.title}: ${changes || "nothing changes"}`;
  const isExpected = inputs.expectedDigest === undefined || inputs.expectedDigest === plan.digest;
  const status: Status = isExpected ? "planned" : "failed";
  await appendSummary({ status, title: headline, content: [report] });
  log(`${headline} (${plan.digest})`);
  if (isExpected) return;
  throw markExplained(
    new FailedError(
      `This is not the plan that was reviewed: the infrastructure, the state or the configuration has changed since. Nothing was applied.\nStart the workflow again, and review the new plan: ${changes || "nothing changes any more"}.\n  reviewed: ${inputs.expectedDigest}\n  now:      ${plan.digest}`,
    ),
  );
}

async function reportOf(inputs: Inputs, plan: Plan, dependencies: Dependencies): Promise<Markup> {
  const { items, outputs, digest } = plan;
  if (items.length + outputs.length === 0) return markup`No changes.`;
  const rows = items.map(({ action, address }) => [isLoss(action) ? raw(`<b>${action}</b>`) : action, code(address)]);
  const text = inputs.text === undefined ? undefined : await read(dependencies, inputs.text);
  const cost = inputs.cost === undefined ? undefined : await read(dependencies, inputs.cost);
  return blocks([
    rows.length === 0 ? undefined : table(["Action", "Resource"], rows),
    outputs.length === 0 ? undefined : markup`Outputs that change: ${outputs.join(", ")}`,
    cost === undefined ? undefined : raw(`**Cost**\n\n${cleanText(cost).trim()}`),
    text === undefined ? undefined : details("The plan", [codeBlock(text.trim())]),
    markup`Digest: ${code(digest)}`,
  ]);
}

/** What cannot be brought back by another apply. */
const isLoss = (action: string): boolean => action === "destroy" || action === "replace";

/** Without an end that would show the rest of the page as part of a folded block, or of code. */
const clipped = (text: string): string =>
  text.length <= longestReport
    ? text
    : `${clip(text.slice(0, text.lastIndexOf("\n", longestReport)), longestReport)}\n\n${closing(text.slice(0, longestReport))}\n\n(The rest is in the summary of the run.)`;

function closing(text: string): string {
  const fences = text.match(/^`{3,}/gm) ?? [];
  const open = fences.length % 2 === 1 ? `${fences.at(-1)}\n\n` : "";
  const tags = ["table", "details"].filter((tag) => text.lastIndexOf(`<${tag}>`) > text.lastIndexOf(`</${tag}>`));
  return open + tags.map((tag) => `</${tag}>`).join("\n");
}

async function read({ readText }: Dependencies, path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    throw new ConfigurationError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
