import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, it } from "vitest";
import { ScriptedAws, simulatedClock } from "../../shared/test/scripted-aws.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

let server: Server | undefined;
let aws: ScriptedAws | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await aws?.stop();
});

async function smokeTest(listener: RequestListener, given: Record<string, string>): Promise<{ outputs: Record<string, any>; error: Error | undefined }> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  aws = await ScriptedAws.start({ "ecs:TagResource": () => ({}) });
  const inputs: Record<string, string> = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/app`, timeout: "20", ...given };
  const outputs: Record<string, any> = {};
  const tools = { ecs: () => new ECSClient(aws!.client), clock: simulatedClock(), log: () => {}, setOutputs: (more: object) => Object.assign(outputs, more), run: { commit: "abc", url: "https://example.com/run/1" } };
  const error = await main(readInputs((name) => inputs[name] ?? ""), tools).then(() => undefined, (reason: Error) => reason);
  return { outputs, error };
}

const json = (body: object, status = 200): RequestListener => (_request, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

describe("smoke-test", () => {
  it("waits until the new version answers, several times in a row, and marks the revision", async () => {
    let asked = 0;
    // Old and new tasks answer in turn while the old ones drain.
    const rolling: RequestListener = (request, response) => json({ commit: (asked += 1) > 5 || asked % 2 === 0 ? "new" : "old" })(request, response);
    const { outputs, error } = await smokeTest(rolling, { version: "new", "task-definition-arn": "arn:aws:ecs:r:1:task-definition/api:2" });
    expect(error).toBeUndefined();
    expect(asked).toBeGreaterThanOrEqual(8);
    expect(outputs).toEqual({ passed: true, failures: "[]" });
    const { tags } = aws!.last("ecs:TagResource");
    expect(Object.fromEntries(tags.map(({ key, value }: Record<string, string>) => [key, value]))).toEqual({ "deploy:verified-at": "2026-01-01T00:00:03.000Z", "deploy:version": "new", "deploy:commit": "abc", "deploy:run": "https://example.com/run/1" });
  });

  it("says which version answers instead, marks nothing and gives the failures as data", async () => {
    const { outputs, error } = await smokeTest(json({ commit: "old" }), { version: "new", "task-definition-arn": "arn" });
    expect(error!.message).toContain('commit is "old" instead of "new"');
    expect(outputs["passed"]).toBe(false);
    expect(JSON.parse(outputs["failures"])[0].check).toContain("/version");
    expect(aws!.count("ecs:TagResource")).toBe(0);
  });

  it("looks into nested JSON, sends bodies and reads other statuses, under the path of the address", async () => {
    const paths: string[] = [];
    const listener: RequestListener = (request, response) => {
      paths.push(`${request.method} ${request.url}`);
      return request.method === "POST" ? json({ success: false }, 422)(request, response) : json({ checks: { ml: { ok: true } } })(request, response);
    };
    const checks = "- path: ready\n  json: { checks.ml.ok: true }\n- { path: /api/predictions, method: POST, body: {}, status: 422, json: { success: false } }";
    expect((await smokeTest(listener, { checks, consecutive: "1" })).error).toBeUndefined();
    expect(paths.toSorted()).toEqual(["GET /app/ready", "POST /app/api/predictions"]);
  });

  it.each([
    ["a server error with what it said", json({ error: "database away" }, 503), "status 503 instead of 200"],
    ["an answer that is not JSON", ((_request, response) => response.end("<html>")) as RequestListener, "not JSON"],
    ["a redirect, which it does not follow", ((_request, response) => response.writeHead(302, { location: "/" }).end()) as RequestListener, "status 302"],
    ["a closed connection", ((request) => request.socket.destroy()) as RequestListener, "no answer"],
  ])("names %s", async (_what, listener, said) => {
    const { error } = await smokeTest(listener, { version: "new", timeout: "2" });
    expect(error!.message).toContain(said);
  });

  it("refuses what it cannot check, all at once", async () => {
    const checks = '- { path: "http://elsewhere/", status: 1000 }\n- { path: health, jsn: {} }\n- text';
    await expect(smokeTest(json({}), { url: "rainbow.example.com", checks, consecutive: "0" })).rejects.toThrow(/6 inputs[\s\S]*url[\s\S]*checks\[0\]\.path[\s\S]*status[\s\S]*jsn[\s\S]*checks\[2\]/);
  });
});
