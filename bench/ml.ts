// How fast ml answers: its start, single predictions one after the other and under load, batches, and its memory.
// `npm run bench -- ml`; figures go to docs/performance.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProcess } from "../actions/shared/src/process.ts";
import { root } from "../infra/local/paths.ts";
import { median } from "./figures.ts";

const warming = 1000;
const singles = 5000;
const concurrency = 16;
const batches = 20;
const batchSize = 1000;

interface Recorded {
  observation: object;
  history: object[];
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** Of the process, in MB. */
async function readMemory(pid: number | undefined): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024).toFixed(0);
}

export async function benchMl(note: (text: string) => void): Promise<string> {
  const folder = join(root, "ml");
  note("bundle");
  await runProcess([process.execPath, "build.mjs"], { cwd: folder });
  const { observation, history } = JSON.parse(
    await readFile(join(root, "ml/examples/recorded-observation.json"), "utf8"),
  ) as Recorded;
  const port = await freePort();
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const call = async (path: string, body?: object): Promise<number> => {
    const text = JSON.stringify(body);
    const began = performance.now();
    const sent = request({
      port,
      agent,
      path,
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json" },
    });
    sent.end(text);
    const [response] = await once(sent, "response");
    await response.resume().on("data", () => {});
    await once(response, "end");
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
    return performance.now() - began;
  };

  const began = performance.now();
  const service = spawn(process.execPath, ["--max-semi-space-size=8", join(folder, "dist/main.js")], {
    env: { ...process.env, NODE_ENV: "production", PORT: String(port), LOG_LEVEL: "warn", ORT_DISABLE_TELEMETRY: "1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    while (!(await call("/ready").then(Boolean, () => false))) {
      if (service.exitCode !== null) throw new Error("ml ended at its start.");
      await sleep(10);
    }
    const start = performance.now() - began;
    // 12:00 in Japan, where the sun is at 33 degrees on that day; places differ, so that nothing is remembered.
    const question = (index: number) => ({
      lat: 36 + (index % 1000) / 1000,
      lon: 137.95,
      at: "2026-11-24T03:00:00Z",
      lead_h: 1,
      observation,
      history,
    });
    const one = (index: number) => call("/v1/predict", question(index));
    for (let index = 0; index < warming; index += 1) await one(index);
    note("one after the other");
    const times: number[] = [];
    for (let index = 0; index < singles; index += 1) times.push(await one(index));
    note("several at a time");
    const loaded = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < singles) await one((next += 1));
      }),
    );
    const perSecond = singles / ((performance.now() - loaded) / 1000);
    note("batches");
    const questions = Array.from({ length: batchSize }, (_, index) => question(index));
    const batchTimes: number[] = [];
    const before = await readMemory(service.pid);
    for (let index = 0; index < batches; index += 1) batchTimes.push(await call("/v1/predict/batch", { questions }));
    const after = await readMemory(service.pid);
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2);
    return [
      "| ml | |",
      "| --- | --- |",
      `| From its start until it is ready | ${(start / 1000).toFixed(2)} s |`,
      `| A prediction over HTTP: p50; p99 | ${at(0.5)} ms; ${at(0.99)} ms |`,
      `| Predictions per second, ${concurrency} at a time | ${perSecond.toFixed(0)} |`,
      `| A batch of ${batchSize} over HTTP | ${median(batchTimes).toFixed(0)} ms |`,
      `| Memory, resident: before the batches; after them | ${before} MB; ${after} MB |`,
    ].join("\n");
  } finally {
    agent.destroy();
    service.kill("SIGKILL");
  }
}
