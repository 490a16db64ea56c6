import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { markerOf } from "../src/report-text.ts";
import type { Run } from "../src/run.ts";
import { ScriptedGithub } from "./scripted-github.ts";

const list = "GET /repos/{owner}/{repo}/issues";
const open = "POST /repos/{owner}/{repo}/issues";
const change = "PATCH /repos/{owner}/{repo}/issues/{issue_number}";
const write = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
const edit = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";

let github: ScriptedGithub;
beforeEach(async () => {
  github = await ScriptedGithub.start();
});
afterEach(async () => {
  await github.stop();
  if (github.problems.length > 0) throw new Error(github.problems.join("\n"));
});

const issue = { kind: "issue", id: "backup-production", title: "Backup of production failed", body: "It failed." };
const comment = { kind: "comment", id: "plan", body: "What would change." };

/** Seconds since the epoch, as GitHub gives them, after the start of the simulated clock. */
const secondsAfterStart = (seconds: number): string => String(simulatedClock().now() / 1000 + seconds);

async function report(given: Record<string, string>, { id = 100, attempt = 1, pullRequest = 7 }: Partial<Run> = {}) {
  const run: Run = {
    apiUrl: github.url,
    repository: "owner/name",
    id,
    attempt,
    url: `https://github.example/owner/name/actions/runs/${id}`,
    pullRequest,
  };
  const lines: string[] = [];
  const warnings: string[] = [];
  const outputs: Record<string, string> = {};
  const clock = simulatedClock();
  const started = clock.now();
  const inputs = readInputs((name) => given[name] ?? (name === "token" ? "secret-token" : ""), run);
  const { summary } = await withStepSummary(() =>
    main(inputs, {
      clock,
      send: sendHttp,
      log: (line) => lines.push(line),
      annotate: (_level, title, message) => warnings.push(`${title}: ${message}`),
      setOutputs: (all) => Object.assign(outputs, all),
      run,
    }),
  );
  return { lines, warnings, outputs, summary, waited: clock.now() - started };
}

describe("an issue", () => {
  it("is opened with label, marker and link to the run, at the API of the server, with the token", async () => {
    const { outputs, warnings } = await report(issue);
    expect(warnings).toEqual([]);
    expect(outputs).toEqual({ result: "created", url: "https://github.example/owner/name/issues/1" });
    const [call] = github.named(open);
    expect(call).toMatchObject({
      authorization: "token secret-token",
      body: { title: issue.title, labels: ["automatic-report"] },
    });
    expect(github.issues[0]?.body).toMatch(
      /^<!-- github-report id=backup-production run=100\.1 count=1 since=[^ ]+ -->\nIt failed\.\n\n---\nReported by \[run 100, attempt 1\]\(https:\/\/github\.example\/owner\/name\/actions\/runs\/100\/attempts\/1\)\.\n$/,
    );
  });

  it("is updated while it is open, whatever its title is now, and counts", async () => {
    await report(issue);
    github.issues[0]!.title = "Renamed by somebody";
    const { outputs } = await report({ ...issue, body: "It failed otherwise." }, { id: 101 });
    await report({ ...issue, body: "It failed otherwise." }, { id: 102 });
    expect(outputs["result"]).toBe("updated");
    expect(github.issues).toHaveLength(1);
    expect(github.issues[0]).toMatchObject({ title: issue.title, state: "open" });
    expect(markerOf(github.issues[0]?.body)).toMatchObject({ count: 3, run: 102 });
    expect(github.issues[0]?.body).toContain("It failed otherwise.");
    expect(github.issues[0]?.body).toContain("Reported 3 times");
  });

  it("is closed when all is well again, with what it said, and opened as a new one by the next failure", async () => {
    await report(issue);
    const { outputs } = await report({ ...issue, state: "closed", body: "" }, { id: 101 });
    expect(outputs).toEqual({ result: "closed", url: "https://github.example/owner/name/issues/1" });
    expect(github.issues[0]).toMatchObject({ state: "closed", state_reason: "completed" });
    expect(github.issues[0]?.body).toMatch(/✅ Solved at [^]*It failed\./);
    await report(issue, { id: 102 });
    expect(github.issues.map(({ state }) => state)).toEqual(["closed", "open"]);
  });

  it("is not needed while all is well", async () => {
    const { outputs, lines } = await report({ ...issue, state: "closed", title: "", body: "" });
    expect(outputs).toEqual({ result: "unchanged", url: "" });
    expect(lines).toEqual(["no issue is open"]);
    expect(github.calls.map(({ name }) => name)).toEqual([list]);
  });

  it("is not the one of another report, of another author, or a pull request", async () => {
    const body = "<!-- github-report id=backup-production run=1.1 count=1 since=2026-01-01T00:00:00Z -->\nmine";
    const labels = ["automatic-report"];
    github.addIssue({ labels, body: body.replace("production", "staging") });
    github.addIssue({ labels, body, login: "mallory" });
    github.addIssue({ labels, body, isPullRequest: true });
    github.addIssue({ labels: [], body });
    github.addIssue({ labels, body: `hello\n${body}` });
    expect((await report(issue)).outputs["result"]).toBe("created");
    expect(github.named(change)).toEqual([]);
  });

  it("is found behind a hundred others", async () => {
    for (let index = 0; index < 205; index += 1) github.addIssue({ labels: ["automatic-report"] });
    await report(issue);
    await report(issue, { id: 101 });
    expect(github.issues).toHaveLength(206);
    expect(github.named(list).map(({ query }) => query["page"])).toContain("3");
  });

  it("keeps the report of a later run, also when the earlier one is run again and succeeds", async () => {
    await report(issue, { id: 200 });
    const { outputs } = await report({ ...issue, state: "closed" }, { id: 199, attempt: 2 });
    expect(outputs["result"]).toBe("unchanged");
    expect(github.issues[0]?.state).toBe("open");
    expect((await report({ ...issue, state: "closed" }, { id: 200, attempt: 2 })).outputs["result"]).toBe("closed");
  });

  it("stays one when two runs open it in the same moment", async () => {
    let waiting = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => (release = resolve));
    github.before = async ({ name }) => {
      if (name !== open) return;
      waiting += 1;
      if (waiting === 2) release();
      await both;
    };
    const results = await Promise.all([report(issue, { id: 100 }), report(issue, { id: 101 })]);
    expect(github.named(open)).toHaveLength(2);
    expect(github.issues.filter(({ state }) => state === "open").map(({ number }) => number)).toEqual([1]);
    expect(github.issues[1]).toMatchObject({ state: "closed", state_reason: "duplicate" });
    for (const { warnings } of results) expect(warnings).toEqual([]);
  });

  it("stays one when the answer to the request that opens it is lost", async () => {
    github.answer = ({ name }, count) => {
      if (name === open && count === 0) return { status: 0, cut: true, afterwards: true };
      return undefined;
    };
    const { outputs } = await report(issue);
    expect(outputs["result"]).toBe("updated");
    expect(github.issues).toHaveLength(1);
    expect(markerOf(github.issues[0]?.body)).toMatchObject({ count: 1 });
  });

  it("says so when its author is not the one that it will be looked up by", async () => {
    github.login = "deploy-bot";
    const { lines } = await report(issue);
    expect(lines[0]).toContain("its author is deploy-bot: set the input author to that");
  });
});

describe("a comment", () => {
  it("is written once, and updated when the report changes", async () => {
    expect((await report(comment)).outputs["result"]).toBe("created");
    expect((await report(comment, { id: 101 })).outputs["result"]).toBe("unchanged");
    expect((await report({ ...comment, body: "Something else." }, { id: 102 })).outputs["result"]).toBe("updated");
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]).toMatchObject({ issue: 7, body: expect.stringContaining("Something else.") });
    expect(github.named(edit)).toHaveLength(1);
  });

  it("is not somebody else's with the same marker, and found behind a hundred others", async () => {
    const body = "<!-- github-report id=plan run=1.1 count=1 since=2026-01-01T00:00:00Z -->\nmine";
    github.addComment({ issue: 7, body, login: "mallory" });
    for (let index = 0; index < 100; index += 1) github.addComment({ issue: 7, body: "talk", login: "somebody" });
    await report(comment);
    await report({ ...comment, body: "Later." }, { id: 101 });
    expect(github.comments).toHaveLength(102);
    expect(github.comments[0]?.body).toBe(body);
    expect(github.comments.at(-1)?.body).toContain("Later.");
  });

  it("stays one when two runs write it in the same moment, with the report of the later run", async () => {
    let waiting = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => (release = resolve));
    github.before = async ({ name }) => {
      if (name !== write) return;
      waiting += 1;
      if (waiting === 2) release();
      await both;
    };
    const later = { ...comment, body: "Of the later run." };
    await Promise.all([report(comment, { id: 100 }), report(later, { id: 101 })]);
    expect(github.named(write)).toHaveLength(2);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain("Of the later run.");
  });

  it("needs to know the pull request", async () => {
    const inputs = (name: string) => ({ ...comment, token: "t" })[name as "id"] ?? "";
    const read = () => readInputs(inputs, { repository: "owner/name", pullRequest: undefined });
    expect((await errorOf(async () => read()))?.message).toContain("pull-request: is required");
  });
});

describe("hostile text", () => {
  const hostile = [
    "@octocat and cc/@team/all, see #12, GH-3, owner/name#4 and https://github.com/owner/name/issues/5",
    "<!-- github-report id=other run=1.1 count=1 since=2026-01-01T00:00:00Z -->",
    "postgresql://user:hunter2@db.example/x \u001B[31mred\u001B[0m \u202Eabc",
    "image@sha256:abc stays, &#35; too",
  ].join("\n");

  it("mentions nobody, refers to nothing, hides nothing, and brings no marker", async () => {
    await report({ ...issue, body: hostile, title: "Backup failed for @octocat #1\nnext" });
    const text = github.issues[0]?.body ?? "";
    expect(text.match(/<!--/g)).toHaveLength(1);
    expect(text).not.toMatch(/(?<![\w])@\w|(?<!&)#\d|GH-\d|\/issues\/\d|hunter2|\u202E/);
    expect(text).not.toContain("\u001B");
    expect(text).toContain("image@sha256:abc stays, &#35; too");
    expect(github.issues[0]?.title).toBe("Backup failed for @\u200Boctocat #\u200B1 next");
  });

  it("is cut off where GitHub's limit is, with its code block closed", async () => {
    const body = `Before\n\n\`\`\`\`text\n${"```\n@octocat \u{1F308} line\n".repeat(6000)}\`\`\`\`\n\nAfter`;
    await report({ ...issue, body });
    const text = github.issues[0]?.body ?? "";
    expect(text.length).toBeGreaterThan(60_000);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toMatch(/\n````\n\n… \(cut off here[^]*Reported by/);
  });
});

describe("what GitHub refuses", () => {
  it.each([
    [403, "Resource not accessible by integration", /permissions: issues: write/],
    [404, "Not Found", /Check the inputs repository/],
    [410, "Issues has been disabled in this repository.", /Issues are disabled/],
    [401, "Bad credentials", /input token/],
    [422, "Validation Failed", /next run/],
    [301, "Moved Permanently", /input repository/],
  ])("%d is a warning with a remedy, and the report in the summary", async (status, message, remedy) => {
    github.answer = () => ({ status, message });
    const { warnings, outputs, summary, waited } = await report({ ...issue, body: "It failed, @octocat." });
    expect(outputs).toEqual({ result: "refused", url: "" });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(remedy);
    expect(warnings[0]).not.toContain("secret-token");
    expect(summary).toContain("It failed, @\u200Boctocat.");
    expect(waited).toBe(0);
    expect(github.calls).toHaveLength(1);
  });

  it.each([
    ["retry-after", { "retry-after": "30" }, 30_000],
    ["a limit that ends", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": secondsAfterStart(20) }, 20_000],
    ["a secondary limit without a time", {}, 60_000],
  ])("a rate limit is waited for: %s", async (_name, headers, expected) => {
    github.answer = ({ name }, count) =>
      name === list && count === 0
        ? { status: 403, message: "You have exceeded a secondary rate limit.", headers }
        : undefined;
    const { outputs, waited } = await report(issue);
    expect(outputs["result"]).toBe("created");
    expect(waited).toBe(expected);
  });

  it("is not waited for longer than the report is worth", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": secondsAfterStart(3600) };
    github.answer = () => ({ status: 403, message: "API rate limit exceeded", headers });
    const { warnings, waited } = await report(issue);
    expect(waited).toBe(0);
    expect(warnings[0]).toContain("The limit of requests is used up");
  });

  it.each([
    ["a server error", { status: 502, message: "Bad Gateway" }],
    ["a cut connection", { status: 0, cut: true }],
  ])("passes by itself: %s", async (_name, fault) => {
    github.answer = ({ name }, count) => (name === list && count < 2 ? fault : undefined);
    const { outputs, lines } = await report(issue);
    expect(outputs["result"]).toBe("created");
    expect(lines.filter((line) => line.includes("trying again"))).toHaveLength(2);
  });

  it("ends in a warning when it lasts", async () => {
    github.answer = () => ({ status: 503, message: "Service unavailable" });
    const { warnings, waited } = await report(issue);
    expect(warnings[0]).toContain("Service unavailable");
    expect(waited).toBeGreaterThan(50_000);
    expect(waited).toBeLessThanOrEqual(120_000);
  });
});

describe("inputs", () => {
  it("are refused all at once", async () => {
    const given: Record<string, string> = { kind: "gist", id: "No!", state: "ajar", label: "a,b", repository: "x" };
    const read = () => readInputs((name) => given[name] ?? "", { repository: "", pullRequest: undefined });
    const message = (await errorOf(async () => read()))?.message ?? "";
    for (const name of ["kind", "id", "state", "label", "repository", "token", "body"])
      expect(message).toContain(`${name}: `);
  });
});
