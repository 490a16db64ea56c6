// Whatever a value is, a summary shows it as text: the oracle is a Markdown renderer followed by an HTML parser.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blocks,
  codeBlock,
  command,
  details,
  factTable,
  inputsBlock,
  list,
  message,
  table,
} from "../src/summary/blocks.ts";
import { clipLine } from "../src/printable.ts";
import { cleanText, clip, code, markup, raw, type Markup } from "../src/summary/markup.ts";
import { renderSection } from "../src/summary/section.ts";
import { plain, render } from "./rendered.ts";

const attacks = [
  ..."<>&\"'`*_~[]()!#|\\$@:-=+.\n\r\t 1ax",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "</code>",
  "</td></tr></table>",
  "</details>",
  "<!--",
  "-->",
  "<![CDATA[",
  "\n\n",
  "\n\n```\n",
  "\n\n# heading\n\n",
  "```",
  "~~~~",
  "[a](javascript:alert(1))",
  "![x](http://evil.example/x.png)",
  "http://evil.example",
  "www.evil.example",
  "someone@evil.example",
  "mailto:someone@evil.example",
  "<http://evil.example>",
  "&lt;b&gt;",
  "&#60;b>",
  "---",
  "    code",
  "\u001B[31mred\u001B[0m",
  "\u001B]8;;http://evil.example\u0007link\u001B]8;;\u0007",
  "\u202E",
];
const hostile = fc
  .oneof(
    fc.array(fc.constantFrom(...attacks), { maxLength: 10 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
  )
  // Without a letter at the start a value may be empty, and would be left out.
  .map((text) => `x${text}`);

/** Value → block in which it stands, and whether a line of it stays a line. */
const places: Record<string, (value: string) => Markup> = {
  heading: (value) => renderSection({ status: "failed", title: value, content: [] }),
  "heading in a template": (value) => renderSection({ status: "failed", title: markup`a: ${value}`, content: [] }),
  paragraph: (value) => blocks([value]),
  "paragraph in a template": (value) => markup`${value} of ${code(value)}`,
  "table of facts": (value) => blocks([factTable({ Name: value, Code: code(value), Several: [value, value] })]),
  "table with a header": (value) => table(["A", value], [[value, code(value)]]),
  list: (value) => list([value, value]),
  details: (value) => details(value, [value]),
  "table of inputs": (value) => inputsBlock({ url: value, names: [value] }) ?? raw(""),
};

describe("a hostile value", () => {
  it.each(Object.entries(places))("changes nothing but the text of a %s", (_name, place) => {
    const benign = render(place("x").markup);
    fc.assert(
      fc.property(hostile, (value) => {
        const { elements, links, text } = render(place(value).markup);
        expect(elements).toEqual(benign.elements);
        expect(links).toEqual(benign.links);
        expect(plain(text)).toContain(plain(clip(cleanText(value).replaceAll(/\s+/g, " "), 200).slice(0, 200)));
      }),
      { numRuns: 200 },
    );
  });

  it("begins no block of its own at the start of a line either", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("- ", "+ ", "* ", "1. ", "2) ", "> ", "# ", "=== ", "--- ", "    "),
        hostile,
        (start, text) => {
          const { elements } = render(blocks(["before", `${start}${text}`, "after"]).markup);
          expect(elements).toEqual(["p", "p", "p"]);
        },
      ),
    );
  });

  it.each(["text", "sh"] as const)("does not end a fence (%s)", (language) => {
    fc.assert(
      fc.property(hostile, (value) => {
        const { elements, text } = render(blocks([codeBlock(value, { language }), "after"]).markup);
        expect(elements).toEqual(["pre", "pre/code", "p"]);
        const lines = cleanText(value).split("\n");
        expect(text).toContain(lines.map((line) => clipLine(line.trimEnd(), 500)).join("\n"));
      }),
      { numRuns: 200 },
    );
  });

  it("is a sentence, a log or a list of a message, and no other element", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), hostile)), fc.constantFrom("log", "list"), (lines, quote) => {
        const text = lines.map(([isQuoted, line]) => `${isQuoted ? "  " : ""}${line}`).join("\n");
        const { elements, links } = render(message(text, quote)?.markup ?? "");
        expect(links).toEqual([]);
        expect(elements.filter((element) => !/^(p|pre|pre\/code|ul|ul\/li)$/.test(element))).toEqual([]);
      }),
    );
  });
});

describe("a block", () => {
  it("shows a table of facts, several values one below the other, without what is not known", () => {
    expect(factTable({ Revision: code("api:2"), Before: undefined, Tags: ["a", "b"], Empty: "" })?.markup).toBe(
      `<table>
<tr><th align="left">Revision</th><td><code>api:2</code></td></tr>
<tr><th align="left">Tags</th><td>a<br>b</td></tr>
</table>`,
    );
    expect(factTable({ Before: undefined })).toBeUndefined();
  });

  it("shows a command to copy", () => {
    expect(command("To roll back:", "rainbow-deploy rollback --service 'a b'").markup).toBe(
      "To roll back:\n\n```sh\nrainbow-deploy rollback --service 'a b'\n```",
    );
  });

  it("keeps the first or the last lines, says how many are left out, and clips long ones", () => {
    const lines = Array.from({ length: 250 }, (_, index) => `line ${index + 1}`);
    expect(codeBlock(lines.join("\n"), { keep: "last" }).markup).toMatch(
      /^```text\n\(150 more lines are in the log\)\nline 151\n[^]*\nline 250\n```$/,
    );
    expect(codeBlock(lines.join("\n")).markup).toMatch(
      /^```text\nline 1\n[^]*\nline 100\n\(150 more lines are in the log\)\n```$/,
    );
    expect(codeBlock("x".repeat(10_000)).markup).toBe(`\`\`\`text\n${"x".repeat(500)}… (9500 more characters)\n\`\`\``);
  });

  it("stays small whatever is put into it", () => {
    const huge = "<&`@#".repeat(200_000);
    const many = Array.from({ length: 500 }, () => huge);
    for (const block of [
      factTable({ a: many }),
      list(many),
      table(["a"], [[huge], [huge]]),
      codeBlock(many.slice(0, 5).join("\n")),
      renderSection({ status: "failed", title: huge, content: [] }),
    ])
      expect(block?.markup.length).toBeLessThan(800_000);
  });
});

describe("a secret", () => {
  it.each([
    ["https://user:canary@host/path", "https://user:***@host/path"],
    ["postgres://app:canary@db:5432/x and https://:canary@host", "postgres://app:***@db:5432/x and https://:***@host"],
    ["https://host/?access_token=canary&x=1", "https://host/?access_token=***&x=1"],
    ["https://host/?X-Amz-Signature=canary", "https://host/?X-Amz-Signature=***"],
    ["https://host:8080/a@b", "https://host:8080/a@b"],
  ])("in a URL is masked: %s", (text, shown) => {
    expect(cleanText(text)).toBe(shown);
  });

  it("in an input that is called one is not shown", () => {
    const shown = inputsBlock({
      password: "canary",
      "bearer-token": "canary",
      "signing-key": "canary",
      identity: "canary",
      secrets: ["canary"],
      "secret-envs": "canary",
      headers: "canary",
      "build-args": "canary",
      "environment-variables": "canary",
      bucket: "shown",
    });
    expect(shown?.markup).not.toContain("canary");
    expect(shown?.markup).toContain("<code>shown</code>");
    expect(inputsBlock({ password: "canary" })).toBeUndefined();
  });
});
