// Sections, the file that they go into, links into the console, and what a failed step leaves.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { annotationText, annotationTitle, ofOutput } from "../src/annotation.ts";
import { ConfigurationError, FailedError } from "../src/errors.ts";
import { codeBlock } from "../src/summary/blocks.ts";
import { imageLink, logsLink, serviceLink } from "../src/summary/console-links.ts";
import { explanationOf, failureSection, isExplained, markExplained } from "../src/summary/failure.ts";
import { renderSection, type Section } from "../src/summary/section.ts";
import { appendSummary, holdSections } from "../src/summary/write.ts";
import { render } from "./rendered.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

const section = (title: string, more: Partial<Section> = {}): Section => ({
  status: "succeeded",
  title,
  content: [],
  ...more,
});

let file: string;
beforeEach(() => {
  file = join(makeTestFolder("summary-"), "summary.md");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STEP_SUMMARY", file);
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_ENDPOINT_URL")) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());
const written = () => readFileSync(file, "utf8");

describe("a section", () => {
  it("is a heading with the icon of its status, its content, its parts one level below, and its end", () => {
    const parts = [section("api: deployed", { status: "unchanged" }), section("ml: failed", { status: "failed" })];
    const whole = section("cluster: 1 of 2", { status: "failed", parts, end: codeBlock("inputs") });
    expect(renderSection(whole).markup).toBe(
      "### ❌ cluster: 1 of 2\n\n#### ☑️ api: deployed\n\n#### ❌ ml: failed\n\n```text\ninputs\n```",
    );
  });
});

describe("the summary of a step", () => {
  it("gets one section after the other", async () => {
    await appendSummary(section("first"));
    await appendSummary(section("second"));
    expect(written()).toBe("### ✅ first\n\n### ✅ second\n\n");
  });

  it("does not exist outside of a runner", async () => {
    vi.stubEnv("GITHUB_STEP_SUMMARY", undefined);
    await appendSummary(section("nowhere"));
    expect(written()).toBe("");
  });

  it("can be held back by an action that is made of others, also when one of them fails", async () => {
    const held: Section[] = [];
    const failing = holdSections(held, async () => {
      await appendSummary(section("part"));
      throw new Error("failed");
    });
    await expect(failing).rejects.toThrow("failed");
    expect([held.map(({ title }) => title), written()]).toEqual([["part"], ""]);
  });

  it("never grows beyond what GitHub takes: parts keep their headings, then a section its own, then nothing is added", async () => {
    const large = codeBlock(Array.from({ length: 90 }, () => "x".repeat(400)).join("\n"));
    const parts = Array.from({ length: 40 }, (_, index) => section(`part ${index}`, { content: [large] }));
    await appendSummary(section("of many", { parts }));
    expect(written()).toContain("#### ✅ part 39\n\nThe rest is left out");
    // The first ones, which failed where some did, are there as a whole.
    expect(written()).toMatch(
      /^### ✅ of many\n\n#### ✅ part 0\n\n```text\nx{400}\n[^]*#### ✅ part 38\n\n#### ✅ part 39\n/,
    );
    for (let index = 0; index < 300; index += 1) await appendSummary(section(`more ${index}`, { content: [large] }));
    expect(written()).toMatch(/### ✅ more \d+\n\nThe rest is left out/);
    expect(Buffer.byteLength(written())).toBeLessThan(1_048_576);
    writeFileSync(file, "x".repeat(900_000));
    await appendSummary(section("too late"));
    expect(written()).not.toContain("too late");
  });
});

describe("a link into the console", () => {
  const arn = (partition: string, region: string) =>
    `arn:${partition}:ecs:${region}:123456789012:task-definition/api:2`;
  const tokyo = arn("aws", "ap-northeast-1");
  const target = { cluster: "rainbow-seeker-cluster", service: "rainbow-seeker-api" };
  const hrefOf = (link: { markup: string } | undefined) => link && render(link.markup).links[0];

  it.each([
    ["aws", "ap-northeast-1", "https://ap-northeast-1.console.aws.amazon.com"],
    ["aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn"],
    ["aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com"],
  ])("leads to the service in the partition %s", (partition, region, origin) => {
    expect(hrefOf(serviceLink(arn(partition, region), target))).toBe(
      `${origin}/ecs/v2/clusters/rainbow-seeker-cluster/services/rainbow-seeker-api/health?region=${region}`,
    );
  });

  it("takes the names from ARNs of cluster and service", () => {
    const arns = { cluster: "arn:aws:ecs:r:1:cluster/blue", service: "arn:aws:ecs:r:1:service/blue/api" };
    expect(hrefOf(serviceLink(tokyo, arns))).toContain("/clusters/blue/services/api/health");
  });

  it("leads to a log group and a stream in it, encoded twice with $ for %", () => {
    expect(hrefOf(logsLink("logs", tokyo, { group: "/ecs/api" }))).toBe(
      "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#logsV2:log-groups/log-group/$252Fecs$252Fapi",
    );
    expect(hrefOf(logsLink("logs", tokyo, { group: "/ecs/api", stream: "ecs/api/abc", region: "us-east-1" }))).toBe(
      "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Fecs$252Fapi/log-events/ecs$252Fapi$252Fabc",
    );
  });

  it("leads to an image in ECR by its digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    expect(hrefOf(imageLink("image", `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/api@${digest}`))).toBe(
      `https://eu-west-1.console.aws.amazon.com/ecr/repositories/private/123456789012/team/api/_/image/${digest}/details?region=eu-west-1`,
    );
    expect(hrefOf(imageLink("image", `123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/api@${digest}`))).toContain(
      "https://cn-north-1.console.amazonaws.cn/ecr/",
    );
    expect(imageLink("image", `localhost:4566/api@${digest}`)).toBeUndefined();
    expect(imageLink("image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:latest")).toBeUndefined();
  });

  it.each([
    ["a custom endpoint for everything", "AWS_ENDPOINT_URL", tokyo],
    ["a custom endpoint for ECS", "AWS_ENDPOINT_URL_ECS", tokyo],
    ["an unknown partition", undefined, arn("aws-iso", "us-iso-east-1")],
    ["no region", undefined, arn("aws", "")],
    ["something that is no region", undefined, arn("aws", "evil.example/x")],
    ["no ARN", undefined, "api:2"],
  ])("is left out for %s", (_name, variable, of) => {
    if (variable !== undefined) vi.stubEnv(variable, "http://localhost:4566");
    expect(serviceLink(of, target)).toBeUndefined();
  });

  it("stays where only another service has a custom endpoint", () => {
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://localhost:9000");
    expect(serviceLink(tokyo, target)).toBeDefined();
  });
});

describe("a failed step without a summary of its own", () => {
  const markdown = (error: unknown) => renderSection(failureSection("deploy", error)).markup;

  it("lists what is to be corrected", () => {
    const error = new ConfigurationError(
      "2 inputs are not usable; nothing was done.\n  cluster: <b>\n  service: is required",
    );
    expect(markdown(error)).toBe(
      "### ❌ deploy: 2 inputs are not usable; nothing was done\n\n<ul>\n<li>cluster: &#60;b&#62;</li>\n<li>service: is required</li>\n</ul>",
    );
  });

  it("shows what a program said as a log, with the icon of the outcome", () => {
    const error = new FailedError("docker push failed:\n  line 1\n  line 2\nLog in first.", { outcome: "timed-out" });
    expect(markdown(error)).toBe("### ⏱️ deploy: docker push failed\n\n```text\nline 1\nline 2\n```\n\nLog in first.");
    expect(explanationOf(error, "all")?.markup).toMatch(/^docker push failed:\n\n```text/);
  });

  it("has the whole of a first line that is too long for a heading", () => {
    const long = `The role of this job may not ${"x y ".repeat(80)}z`;
    expect(markdown(new ConfigurationError(long))).toBe(`### ❌ deploy: ${long.slice(0, 160)}…\n\n${long}`);
  });

  it("calls anything else an internal error, with its stack", () => {
    expect(markdown(new TypeError("x is undefined"))).toMatch(
      /^### ❌ deploy: internal error\n\nThis is a bug[^]*```text\nTypeError: x is undefined\n +at /,
    );
    expect(markdown("text")).toContain("```text\ntext\n```");
  });

  it("is one whose error, or its cause, is not explained yet", () => {
    const error = new FailedError("first");
    expect(isExplained(error)).toBe(false);
    markExplained(error);
    expect(
      [error, new FailedError("second", { cause: error }), new FailedError("third"), "text"].map(isExplained),
    ).toEqual([true, true, false, false]);
  });
});

describe("an annotation", () => {
  it.each([
    [new FailedError("x"), "deploy: failed"],
    [new FailedError("x", { outcome: "rolled-back" }), "deploy: rolled back"],
    [new FailedError("x", { outcome: "timed-out" }), "deploy: timed out"],
    [new ConfigurationError("x"), "deploy: configuration error"],
    [new TypeError("x"), "deploy: internal error"],
  ])("has a title: %s", (error, title) => {
    expect(annotationTitle("deploy", error)).toBe(title);
  });

  it("holds a text that fits, else its first lines, below 4,096 characters", () => {
    expect(annotationText("a\nb")).toBe("a\nb");
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    expect(annotationText(lines.join("\n"))).toBe(
      `${lines.slice(0, 39).join("\n")}\n(The log of this step has the rest.)`,
    );
    for (const text of [
      "雨".repeat(5000),
      "🌈".repeat(5000),
      "x".repeat(100_000),
      `${"é".repeat(4500)}\n${"é".repeat(1500)}`,
      `${"a sentence ".repeat(100)}\n`.repeat(100),
    ]) {
      const short = annotationText(text);
      expect(short.length).toBeLessThan(4096);
      expect(short.isWellFormed()).toBe(true);
      expect(short).toContain("(The log of this step has the rest.)");
    }
  });

  it("keeps the sentences of a long text and the newest of the lines that it quotes, or the first of a list", () => {
    const quoted = Array.from({ length: 60 }, (_, index) => `  line ${index} ${"x".repeat(300)}`);
    const text = ["api failed.", "What to do: this.", "Currently running: api:1.", "Log:", ...quoted].join("\n");
    const [last, first] = [annotationText(text), annotationText(text, "first")];
    for (const short of [last, first]) {
      expect(short).toMatch(/^api failed\.\nWhat to do: this\.\nCurrently running: api:1\.\nLog:\n/);
      expect(short.length).toBeLessThan(4096);
      expect(short).toMatch(/\n {2}… \d+ more lines\n/);
    }
    expect([last.includes("line 59 "), last.includes("line 0 ")]).toEqual([true, false]);
    expect([first.includes("line 59 "), first.includes("line 0 ")]).toEqual([false, true]);
  });

  it("is short enough for a post as an output, with what to do", () => {
    const quoted = Array.from({ length: 20 }, (_, index) => `  line ${index} ${"x".repeat(300)}`);
    const text = ["api failed.", "What to do: this.", "To roll it back: that", "Log:", ...quoted].join("\n");
    const short = annotationText(text, "last", ofOutput);
    expect(short).toMatch(/^api failed\.\nWhat to do: this\.\nTo roll it back: that\nLog:\n/);
    expect(short).toContain("  line 19 ");
    expect(short.length).toBeLessThanOrEqual(1200);
  });

  it("has something of each of several failed services", () => {
    const log = Array.from({ length: 20 }, (_, index) => `  line ${index} ${"x".repeat(900)}`).join("\n");
    const services = Array.from(
      { length: 6 },
      (_, index) => `service-${index} failed.\nCurrently running: nothing.\nLog:\n${log}`,
    );
    const short = annotationText(services.join("\n\n"));
    for (const [index] of services.entries()) expect(short).toContain(`service-${index} failed.`);
    expect(short.split("  line 19 ")).toHaveLength(7);
  });
});
