import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { KnownBlock } from "@slack/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { slackMessage } from "../src/messages.ts";

let server: Server;
let url: string;
let posts: { path: string; type: string | undefined; body: any }[];
/** Status and text of each answer; 0: the connection ends. The last one stays. */
let answers: [number, string][];
beforeEach(async () => {
  [posts, answers] = [[], [[200, "ok"]]];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    posts.push({ path: request.url ?? "", type: request.headers["content-type"], body });
    const [status = 200, text = ""] = answers[Math.min(posts.length, answers.length) - 1] ?? [];
    if (status === 0) return void request.socket.destroy();
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/hidden-part`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const given = { title: "Deployment of production", outcome: "rolled-back" };
const runUrl = "https://github.com/owner/name/actions/runs/1";

async function notify(more: Record<string, string> = {}, page = runUrl) {
  const inputs: Record<string, string> = { ...given, "webhook-url": url, ...more };
  const [lines, warnings]: string[][] = [[], []];
  const outputs: Record<string, string> = {};
  await main((name) => inputs[name] ?? "", page, {
    clock: simulatedClock(),
    send: sendHttp,
    log: (line) => lines!.push(line),
    annotate: (_level, title, message) => warnings!.push(`${title}: ${message}`),
    setOutputs: (all) => Object.assign(outputs, all),
  });
  expect([...lines!, ...warnings!].join("\n")).not.toContain("hidden-part");
  return { lines: lines!, warnings: warnings!, outputs };
}

const hostile = "<!channel> <@U1> *bold* &amp; [x](https://evil.example) \u001B[31m postgresql://a:hunter2@db";

describe("Slack", () => {
  it("gets outcome, explanation and a link to the run", async () => {
    const { outputs } = await notify({ text: "service: api\nreason:\n\n  smoke test: 500" });
    expect(outputs).toEqual({ result: "sent" });
    expect(posts).toEqual([
      {
        path: "/services/T0/B0/hidden-part",
        type: "application/json",
        body: {
          text: "❌ Deployment of production: rolled-back",
          unfurl_links: false,
          blocks: [
            {
              type: "section",
              text: { type: "plain_text", text: "❌ Deployment of production: rolled-back", emoji: false },
            },
            { type: "section", text: { type: "plain_text", text: "service: api\n  smoke test: 500", emoji: false } },
            { type: "section", text: { type: "mrkdwn", text: `<${runUrl}|The run>` } },
          ] satisfies KnownBlock[],
        },
      },
    ]);
  });

  it("keeps the title of lines that an explanation quotes", async () => {
    await notify({ text: "Error code:\nThe smoke test failed:\n  /health: 500\nReason:" });
    expect(posts[0]!.body.blocks[1].text.text).toBe("The smoke test failed:\n  /health: 500");
  });

  it("reads no markup, mention or link from outside, and no password", async () => {
    await notify({ title: hostile, text: hostile, outcome: hostile });
    const { text, blocks } = posts[0]!.body as { text: string; blocks: { text: { type: string; text: string } }[] };
    expect(text).not.toMatch(/[<>]/);
    expect(blocks.map((block) => block.text.type)).toEqual(["plain_text", "plain_text", "mrkdwn"]);
    expect(JSON.stringify(posts)).not.toMatch(/hunter2|\\u001b/i);
  });

  it("gets no longer text than it takes", () => {
    const long = "x".repeat(20_000);
    const { blocks } = slackMessage({ title: long, outcome: "failed", text: long, url: undefined }) as {
      blocks: { text: { text: string } }[];
    };
    for (const block of blocks) expect(block.text.text.length).toBeLessThanOrEqual(3000);
  });
});

describe("Teams", () => {
  it("gets a card whose text is no Markdown", async () => {
    answers = [[202, ""]];
    const { outputs } = await notify({ format: "teams", text: `one\n${hostile}` });
    expect(outputs).toEqual({ result: "sent" });
    const [attachment] = posts[0]!.body.attachments;
    expect(attachment.contentType).toBe("application/vnd.microsoft.card.adaptive");
    const { body, actions } = attachment.content;
    expect(body.map(({ type }: { type: string }) => type)).toEqual(["RichTextBlock", "RichTextBlock", "RichTextBlock"]);
    expect(actions).toEqual([{ type: "Action.OpenUrl", title: "The run", url: runUrl }]);
  });

  it("gets no larger card than it takes", async () => {
    await notify({ format: "teams", text: "ü".repeat(100_000).replaceAll(/(.{90})/g, "$1\n") });
    expect(Buffer.byteLength(JSON.stringify(posts[0]?.body))).toBeLessThan(28_000);
  });
});

describe("what does not arrive", () => {
  it.each<[string, [number, string][], number]>([
    [
      "a fault that passes",
      [
        [503, ""],
        [0, ""],
        [200, "ok"],
      ],
      3,
    ],
    [
      "a limit",
      [
        [429, ""],
        [200, "ok"],
      ],
      2,
    ],
  ])("is posted again: %s", async (_name, script, count) => {
    answers = script;
    expect((await notify()).outputs).toEqual({ result: "sent" });
    expect(posts).toHaveLength(count);
  });

  it.each<[string, [number, string], number, string]>([
    ["a webhook that was deleted", [404, "no_service"], 1, "404 no_service"],
    ["an archived channel", [410, "channel_is_archived"], 1, "channel_is_archived"],
    ["a server that stays broken", [500, "::error::x"], 3, "500"],
  ])("is a warning: %s", async (_name, answer, count, reason) => {
    answers = [answer];
    const { warnings, outputs } = await notify();
    expect(outputs).toEqual({ result: "refused" });
    expect(posts).toHaveLength(count);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(reason);
  });

  it("is not tried without a webhook", async () => {
    expect(await notify({ "webhook-url": "" })).toMatchObject({ outputs: { result: "" }, warnings: [] });
    expect(posts).toEqual([]);
  });
});

describe("inputs", () => {
  it("that are not usable fail nothing: a deployment that went well is not red for its post", async () => {
    const { warnings, outputs } = await notify({ title: "", format: "irc" });
    expect(outputs).toEqual({ result: "refused" });
    expect(warnings).toHaveLength(1);
    for (const name of ["title", "format"]) expect(warnings[0]).toContain(`${name}: `);
    expect(posts).toEqual([]);
  });

  it("a run whose page cannot be linked is posted without a link", async () => {
    expect((await notify({}, "https://github.com/a folder/name/actions/runs/1")).outputs).toEqual({ result: "sent" });
    expect(JSON.stringify(posts[0]?.body)).not.toContain("a folder");
  });

  it("are refused all at once, without the secret", async () => {
    const bad: Record<string, string> = { "webhook-url": "http://hooks.example/x", format: "irc", url: "a|b" };
    const error = await errorOf(async () => readInputs((name) => bad[name] ?? "", undefined));
    for (const name of ["webhook-url", "format", "title", "outcome", "url"])
      expect(error?.message).toContain(`${name}: `);
    expect(error?.message).not.toContain("hooks.example");
  });
});
