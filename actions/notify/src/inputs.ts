import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { cleanText } from "../../shared/src/summary/markup.ts";

export interface Inputs {
  webhook: URL | undefined;
  format: "slack" | "teams";
  title: string;
  outcome: string;
  text: string;
  url: string | undefined;
}

/** Slack separates a link from its label by | and >. */
const isLink = (text: string): boolean => /^https?:\/\/[^\s<>|]+$/.test(text);

/** @param runUrl page of this run, if it is one that can be linked. @throws ConfigurationError with every problem of the inputs, without the secret one */
export function readInputs(source: InputSource, runUrl: string | undefined): Inputs {
  const read = new InputReader(source);
  const inputs = {
    webhook: readWebhook(read),
    format: read.choice("format", ["slack", "teams"] as const, "slack"),
    title: oneLineOf(read.required("title", "Deployment of production")),
    outcome: oneLineOf(read.required("outcome", "${{ job.status }}")),
    text: withoutEmpty(cleanText(read.optional("text") ?? "")),
    url: read.optional("url") ?? (runUrl !== undefined && isLink(runUrl) ? runUrl : undefined),
  };
  if (inputs.url !== undefined && !isLink(inputs.url))
    read.problem("url: must be a URL, such as https://github.com/OWNER/NAME/actions/runs/1");
  read.finish();
  return inputs;
}

function readWebhook(read: InputReader): URL | undefined {
  const text = read.optional("webhook-url");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // It is the secret: over plain HTTP, everybody on the way would have it.
  const isFit = url?.protocol === "https:" || (url?.protocol === "http:" && url.hostname === "127.0.0.1");
  if (!isFit) read.problem("webhook-url: must be a URL that begins with https:// (its value is not shown)");
  return url;
}

const oneLineOf = (text: string): string => cleanText(text).replaceAll(/\s+/g, " ").trim();

/** A workflow names facts that a run may not have. What ends with a colon and has indented lines below is a title. */
const withoutEmpty = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line, index, lines) => line !== "" && (!line.endsWith(":") || /^ {2}\S/.test(lines[index + 1] ?? "")))
    .join("\n");
