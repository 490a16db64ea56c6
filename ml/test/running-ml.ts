// ml as it runs, with its real model, over HTTP: every answer of JSON is held against the OpenAPI document.
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { answersOf, type Document } from "../../api/test/documented.ts";
import { createApp, type Parts } from "../src/app.ts";
import { loadModel } from "../src/model.ts";

export const version = { service: "ml", commit: "abc1234", builtAt: "2026-01-01T00:00:00Z" } as const;
export const modelFolder = fileURLToPath(new URL("../model/", import.meta.url));
export const shiojiri = { lat: 36.11, lon: 137.95 };
/** 15:00 in Japan: the sun is up, and below 42 degrees. */
export const afternoon = "2026-11-24T06:00:00Z";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Of JSON; text otherwise. */
  body: any;
  text: string;
}

export async function runMl(more: Partial<Parts> = {}) {
  const model = more.model ?? (await loadModel(modelFolder));
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push(line) });
  const server = createServer(createApp({ version, log, ...more, model }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const sent = request({ port, host: "127.0.0.1", agent, method, path, headers: { ...type, ...headers } });
      sent.on("response", async (response) => {
        const text = (await response.toArray()).join("");
        const isJson = response.headers["content-type"]?.startsWith("application/json") ?? false;
        const parsed: unknown = isJson ? JSON.parse(text) : text;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed, text });
      });
      sent.on("error", reject);
      sent.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
    });

  const document = (await send("GET", "/openapi.json")).body as Document;
  const check = answersOf(document);
  const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await send(method, path, body, headers);
    const type = String(answer.headers["content-type"]);
    check({ method, path: path.split("?")[0] ?? "", status: answer.status, type, body: answer.body });
    return answer;
  };
  return {
    model,
    document,
    lines,
    port,
    call,
    predict: (body: unknown) => call("POST", "/v1/predict", body),
    stop: () => {
      agent.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
