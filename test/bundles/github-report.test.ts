// The bundle of github-report, as a runner starts it: the pull request from the event, the API from the runner's
// variable, and the way through a proxy.
import { writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ScriptedGithub } from "../../actions/github-report/test/scripted-github.ts";
import { runBundle } from "../lib/run-bundle.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

let github: ScriptedGithub;
beforeAll(async () => {
  github = await ScriptedGithub.start();
});
afterAll(() => github.stop());

const inputs = {
  kind: "comment",
  id: "plan",
  state: "open",
  body: "What would change.",
  token: "a-token-of-the-job",
  author: "github-actions[bot]",
  label: "automatic-report",
};

function environmentOf(event: object): Record<string, string> {
  const path = join(makeTestFolder("github-report-event-"), "event.json");
  writeFileSync(path, JSON.stringify(event));
  return {
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "owner/name",
    GITHUB_RUN_ID: "12345678901",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_EVENT_PATH: path,
  };
}

it("comments on the pull request of the event, and hides its token", async () => {
  const { code, text, outputs } = await runBundle("github-report", {
    inputs,
    environment: environmentOf({ pull_request: { number: 42 } }),
  });
  expect({ code, problems: github.problems }, text).toEqual({ code: 0, problems: [] });
  expect(outputs["result"]).toBe("created");
  expect(github.comments).toMatchObject([{ issue: 42, body: expect.stringContaining("What would change.") }]);
  expect(github.calls[0]?.authorization).toBe("token a-token-of-the-job");
  expect(text.replace("::add-mask::a-token-of-the-job", "")).not.toContain("a-token-of-the-job");
});

it("goes through the proxy of the environment", async () => {
  const asked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    const target = new URL(incoming.url ?? "");
    const { method, headers } = incoming;
    // What the environment calls github.internal is the scripted server.
    const onward = request({
      host: "127.0.0.1",
      port: target.port,
      path: target.pathname + target.search,
      method,
      headers,
    });
    onward.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { code, text, outputs } = await runBundle("github-report", {
    inputs: { ...inputs, kind: "issue", title: "The backup failed" },
    environment: {
      ...environmentOf({}),
      GITHUB_API_URL: github.url.replace("127.0.0.1", "github.internal"),
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    },
  });
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  expect({ code, result: outputs["result"] }, text).toEqual({ code: 0, result: "created" });
  expect(asked.length).toBe(3);
  for (const url of asked) expect(url).toMatch(/^http:\/\/github\.internal:\d+\/api\/v3\/repos\/owner\/name\/issues/);
});

it("does not fail a job because GitHub is out of reach, but says so", async () => {
  const { code, text, summary } = await runBundle("github-report", {
    inputs: { ...inputs, kind: "issue", title: "The backup failed" },
    environment: { ...environmentOf({}), GITHUB_API_URL: "https://127.0.0.1:1", HTTPS_PROXY: "not a proxy" },
  });
  expect(code, text).toBe(0);
  expect(text).toContain("::warning title=github-report%3A The backup failed::");
  expect(summary).toContain("What would change.");
});
