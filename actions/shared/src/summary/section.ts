// A summary is one section or several: a heading with an icon and one sentence, then facts.
import type { Outcome } from "../outcome.ts";
import { blocks } from "./blocks.ts";
import { clip, escapeText, raw, type Markup, type Text } from "./markup.ts";

/** What a heading can say: how work ended, or that it was only planned, only started, or passed with warnings. */
export type Status = Outcome | "planned" | "started" | "warning";

const icons: Record<Status, string> = {
  succeeded: "✅",
  unchanged: "☑️",
  warning: "⚠️",
  failed: "❌",
  "rolled-back": "❌",
  "timed-out": "⏱️",
  superseded: "⏭️",
  cancelled: "🚫",
  planned: "📝",
  started: "🚀",
};

export interface Section {
  status: Status;
  /** One sentence without a full stop: what happened, to what. */
  title: Text;
  content: (Markup | undefined)[];
  /** Its parts, each under a smaller heading of its own. */
  parts?: Section[];
  /** Below the parts. */
  end?: Markup | undefined;
}

const longestTitle = 250;

/** @param level of the heading. */
export function renderSection({ status, title, content, parts = [], end }: Section, level = 3): Markup {
  const text = typeof title === "object" ? title : clip(String(title), longestTitle);
  return blocks([
    raw(`${"#".repeat(level)} ${icons[status]} ${escapeText(text)}`),
    ...content,
    ...parts.map((part) => renderSection(part, level + 1)),
    end,
  ]);
}
