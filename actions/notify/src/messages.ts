// The post in the form of each service. Text from outside stands where neither takes anything for markup, a mention or a
// link.
import type { Inputs } from "./inputs.ts";

type Message = Pick<Inputs, "title" | "outcome" | "text" | "url">;

const icons: Record<string, string> = {
  success: "✅",
  succeeded: "✅",
  unchanged: "☑️",
  failure: "❌",
  failed: "❌",
  "rolled-back": "❌",
  "timed-out": "⏱️",
  superseded: "⏭️",
  cancelled: "🚫",
  skipped: "⏭️",
};

const headlineOf = ({ title, outcome }: Message): string =>
  `${icons[outcome] ?? "ℹ️"} ${clip(title, 150)}: ${clip(outcome, 40)}`;

/**
 * Text of type plain_text has no markup, and 3,000 characters at most; `text` is what a notification of the device shows.
 * https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function slackMessage(message: Message): object {
  const plain = (text: string) => ({
    type: "section" as const,
    text: { type: "plain_text" as const, text: clip(text, 2900), emoji: false },
  });
  const headline = headlineOf(message);
  const escaped = headline.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return {
    text: escaped,
    unfurl_links: false,
    blocks: [
      plain(headline),
      ...(message.text === "" ? [] : [plain(message.text)]),
      ...(message.url === undefined
        ? []
        : [{ type: "section" as const, text: { type: "mrkdwn" as const, text: `<${message.url}|The run>` } }]),
    ],
  };
}

/**
 * An Adaptive Card, as webhooks of Workflows take it, of 28 KB at most. A TextBlock would read Markdown, a TextRun does not.
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 * https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/rich-text-block
 */
export function teamsMessage(message: Message): object {
  const block = (text: string, weight: "Default" | "Bolder") => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text: clip(text, 5000), weight }],
  });
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      block(headlineOf(message), "Bolder"),
      ...message.text
        .split("\n")
        .filter(Boolean)
        .slice(0, 40)
        .map((line) => block(clip(line, 400), "Default")),
    ],
    ...(message.url === undefined ? {} : { actions: [{ type: "Action.OpenUrl", title: "The run", url: message.url }] }),
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}

const clip = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1).toWellFormed()}…` : text;
