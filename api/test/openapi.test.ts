// The OpenAPI document beside what is served. That answers are what it says is checked in every call of these tests:
// running-api.ts.
import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { operationsOf, answersOf } from "./documented.ts";
import { runApi } from "./running-api.ts";

const { app, url, document, call, stop } = await runApi("openapi");
afterAll(stop);

describe("the OpenAPI document", () => {
  it("has every route that Express serves, and no other", () => {
    // Beside each path, a route with all methods refuses those that it does not have.
    const routes = app.router.stack.flatMap(({ route }) => (route?.stack.length === 1 ? [route] : []));
    const served = routes.flatMap(({ stack, path }) =>
      stack.map(({ method }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
    );
    const documented = operationsOf(document).map(({ method, path }) => `${method.toLowerCase()} ${path}`);
    expect(served.length).toBeGreaterThan(10);
    expect(served.toSorted()).toEqual(documented.toSorted());
    // A router of its own would serve what the document does not have.
    const routers = app.router.stack.filter(({ handle }) => "stack" in handle);
    expect(routers).toEqual([]);
  });

  it("names each operation differently, and describes each value of its path", () => {
    const operations = operationsOf(document);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((each) => each.in === "path").map(({ name }) => name);
      expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  it("is of version 3.1, and leads nowhere that is not there", () => {
    expect(document.openapi).toBe("3.1.0");
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
    for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it("is what answers are held against: another one is refused", () => {
    const check = answersOf(document);
    const answer = { method: "GET", path: "/health", status: 200, type: "application/json", body: { status: "ok" } };
    expect(() => check(answer)).not.toThrow();
    expect(() => check({ ...answer, body: { status: "fine" } })).toThrow("not as documented");
    expect(() => check({ ...answer, status: 418 })).toThrow("not in the OpenAPI document");
    expect(() => check({ ...answer, type: "text/html" })).toThrow("not in the OpenAPI document");
  });
});

describe("the page of the document", () => {
  const read = async (language: string) => {
    const response = await fetch(`${url}/docs`, { headers: { "accept-language": language } });
    return { policy: response.headers.get("content-security-policy") ?? "", html: await response.text() };
  };

  it("shows every operation and every problem", async () => {
    const { html } = await read("en");
    for (const { method, path } of operationsOf(document)) expect(html).toContain(`<code>${method} ${path}</code>`);
    const { body } = await call("GET", "/api/unicorns");
    expect(html).toContain(`id="${body.type.split("#")[1]}"`);
  });

  it("loads nothing, runs nothing, and has the one style that its policy allows", async () => {
    const { policy, html } = await read("ja");
    expect(html).toContain('<html lang="ja">');
    expect(html).not.toMatch(/<script|<img|<link|<iframe|src=|@import|url\(|\son\w+=|style=/);
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}';`);
  });
});
