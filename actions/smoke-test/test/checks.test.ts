// What users write: the inputs, and the checks with their published schema.
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../../shared/src/document.ts";
import { checkKeys, parseChecks } from "../src/checks.ts";
import { partsOf, valueAt } from "../src/json.ts";
import { readInputs } from "../src/inputs.ts";
import { startOf } from "../src/requests.ts";

describe("invalid inputs", () => {
  it("are reported all at once, with suggestions", () => {
    const inputs: Record<string, string> = {
      url: "rainbow.example.com",
      consecutive: "0",
      host: "a b",
      headers: "nothing",
      "bearer-token": "Bearer x",
      "version-json": "a..b",
      "checks-file": "/nowhere.yml",
      checks: `
        - { path: 'http://elsewhere/', status: 1000 }
        - { path: health, jsn: {} }
        - text
        - json: { 'a[': 1 }
          response-time: { max: 3 }
          certificate-days: -1
          redirect: x
          follow-redirects: true
          url: http://x/
        - { path: x, method: POST, response-time: { max-ms: 5, concurrency: 2 } }`,
    };
    const read = () => readInputs((name) => inputs[name] ?? "");
    for (const part of [
      "url:",
      "consecutive:",
      "host:",
      '"nothing" is not',
      "bearer-token",
      "version-json",
      "/nowhere.yml",
      "checks[0].path",
      "checks[0].status",
      "unknown field jsn; did you mean json?",
      "checks[2]",
      'json: "a["',
      "max-ms: is required",
      "certificate-days",
      "exclude each other",
      "concurrency: is for GET and HEAD",
    ])
      expect(read).toThrow(part);
    expect(() => readInputs((name) => (name === "expect-version" ? "x" : ""))).toThrow("url: is required");
  });
});

describe("the published schema", () => {
  const schema = JSON.parse(readFileSync(new URL("../checks.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv({ strict: false }).compile(schema);
  const problemsOf = (checks: unknown) => {
    const problems: string[] = [];
    parseChecks(checks, "checks", (problem) => problems.push(problem));
    return problems;
  };

  it("has exactly the fields that are read", () => {
    expect(Object.keys(schema.items.properties)).toEqual([...checkKeys]);
  });

  it.each<[boolean, unknown]>([
    [true, [{ path: "health" }]],
    [
      true,
      [
        {
          url: "https://a.example/",
          method: "POST",
          headers: { a: 1 },
          body: [1],
          status: [200, 204],
          "response-headers": { b: "c" },
          json: { "a[0]": null },
          text: ["x"],
          "follow-redirects": true,
          "response-time": { "max-ms": 5 },
          "certificate-days": 14,
          consecutive: 2,
          "warn-only": true,
          name: "n",
        },
      ],
    ],
    [true, [{ path: "x", redirect: "/y", text: "z", status: 302 }]],
    [false, []],
    [false, [{}]],
    [false, [{ path: "x", url: "https://a/" }]],
    [false, [{ path: "https://a/" }]],
    [false, [{ url: "ftp://a/" }]],
    [false, [{ path: "x", method: "get" }]],
    [false, [{ path: "x", status: 99 }]],
    [false, [{ path: "x", status: [] }]],
    [false, [{ path: "x", text: [1] }]],
    [false, [{ path: "x", json: [] }]],
    [false, [{ path: "x", headers: { a: {} } }]],
    [false, [{ path: "x", "response-time": { percentile: 95 } }]],
    [false, [{ path: "x", "response-time": { "max-ms": 5, requests: 0 } }]],
    [true, [{ path: "x", "response-time": { "max-ms": 5, requests: 500, concurrency: 50 } }]],
    [false, [{ path: "x", "response-time": { "max-ms": 5, concurrency: 51 } }]],
    [false, [{ path: "x", "certificate-days": 1.5 }]],
    [false, [{ path: "x", "warn-only": "yes" }]],
    [false, [{ path: "x", consecutive: 0 }]],
    [false, [{ path: "x", pth: 1 }]],
  ])("agrees with the parser: %s for %j", (isValid, checks) => {
    expect(validate(checks)).toBe(isValid);
    expect(problemsOf(checks).length === 0).toBe(isValid);
  });

  it("accepts the checks of the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const blocks = [...readme.matchAll(/```yaml\n# yaml-language-server[^\n]*\n([^]*?)```/g)].map(([, text]) =>
      parseDocument(text!),
    );
    expect(blocks).toHaveLength(1);
    for (const block of blocks) expect([validate(block), problemsOf(block)]).toEqual([true, []]);
  });
});

describe("the path of a check", () => {
  it("is below the url, whatever it is", () => {
    const start = (path: string) => startOf({ path, url: undefined }, { url: "https://rainbow.example.com/app/" });
    for (const [path, expected] of [
      ["health", "/app/health"],
      ["a:b", "/app/a:b"],
      ["//snow.example.com/", "/app///snow.example.com/"],
      ["../up", "/up"],
      ["?a=b", "/app/?a=b"],
    ] as const)
      expect(start(path).href).toBe(`https://rainbow.example.com${expected}`);
    const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("\\\\[", "http:a", "//[", "@a"));
    fc.assert(
      fc.property(text, (path) => {
        expect(start(path).origin).toBe("https://rainbow.example.com");
      }),
      { numRuns: 300 },
    );
  });
});

describe("paths in a response", () => {
  it.each<[string, string[] | undefined]>([
    ["a", ["a"]],
    ["$.a.b", ["a", "b"]],
    ["$", []],
    ["a[0].b", ["a", "0", "b"]],
    ["[1][2]", ["1", "2"]],
    ["a['b.c'][\"d]\"]", ["a", "b.c", "d]"]],
    ["a.0", ["a", "0"]],
    ["checks.ml-2.ok", ["checks", "ml-2", "ok"]],
    ["a..b", undefined],
    ["a[", undefined],
    ["a[x]", undefined],
    [".", undefined],
  ])("%s", (path, parts) => expect(partsOf(path)).toEqual(parts));

  it("find own properties only", () => {
    expect(valueAt({ a: [{ b: 1 }] }, "a[0].b")).toBe(1);
    expect([valueAt({}, "constructor"), valueAt([], "length"), valueAt(null, "a"), valueAt("text", "length")]).toEqual([
      undefined,
      0,
      undefined,
      undefined,
    ]);
  });
});
