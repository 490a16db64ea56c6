// api and ml measure with the same file, because they share no code: both copies are tested.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as api from "../../api/src/metrics.ts";
import * as ml from "../src/metrics.ts";
import { directivesOf, read } from "./embedded-metrics.ts";

/** The first request of a process alone may take a second on a busy machine. */
const patient = { timeout: 4000 };
const cgroup = "/sys/fs/cgroup";
/** user nice system idle iowait irq softirq steal guest guest_nice */
const stat = (ticks: string) => `cpu  ${ticks}\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 1\n`;
const gibibyte = 1_073_741_824;
const files = {
  "/proc/stat": stat("100 0 100 700 100 0 0 0 0 0"),
  "/proc/meminfo": "MemTotal:        3900000 kB\nMemFree: 1 kB\n",
  [`${cgroup}/memory.current`]: `${gibibyte / 2}\n`,
  [`${cgroup}/memory.stat`]: `anon 1\ninactive_file ${gibibyte / 4}\n`,
  [`${cgroup}/memory.max`]: "max\n",
};
const sourcesOf = (contents: Record<string, string>, memory: number | undefined = gibibyte): api.Sources => ({
  read: async (path) => contents[path],
  blocks: async () => ({ blocks: 1000, bfree: 300, bavail: 250 }),
  memoryLimit: async () => memory,
});

it("is the same in both", () => {
  const text = (service: string) => readFileSync(new URL(`../../${service}/src/metrics.ts`, import.meta.url), "utf8");
  expect(text("api")).toBe(text("ml"));
});

describe.each([
  ["api", api],
  ["ml", ml],
])("the metrics of %s", (service, module) => {
  const { createMeter, metricNames, reportMetrics, ticksIn } = module;
  const settings = { METRICS_NAMESPACE: "RainbowSeeker-staging", METRICS_ENVIRONMENT: "staging" };

  beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-11-26T00:00:00Z"), toFake: ["setInterval", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("are one valid line a minute, with every metric of the design document", async () => {
    const lines: string[] = [];
    const contents = { ...files };
    reportMetrics({ service, settings, write: (line) => lines.push(line), sources: sourcesOf(contents) });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(lines).toEqual([]);
    // 200 ticks later: 50 user, 30 system, 20 iowait, 80 idle, 20 for others.
    contents["/proc/stat"] = stat("150 0 130 780 120 10 5 5 0 0");
    await vi.advanceTimersByTimeAsync(1);
    await vi.waitFor(() => expect(lines).toHaveLength(1), patient);
    const event = read(lines[0]!);
    expect(event).toEqual({
      _aws: {
        Timestamp: Date.parse("2026-11-26T00:01:00Z"),
        CloudWatchMetrics: [
          {
            Namespace: "RainbowSeeker-staging",
            Dimensions: [["Environment", "Service"]],
            Metrics: metricNames.map((Name) => ({ Name, Unit: "Percent" })),
          },
        ],
      },
      Environment: "staging",
      Service: service,
      cpu_usage_user: 25,
      cpu_usage_system: 15,
      cpu_usage_iowait: 10,
      cpu_usage_idle: 40,
      // Half a gibibyte without a quarter of cache, of the one that the task has.
      mem_used_percent: 25,
      // 700 of the 950 blocks that users can fill.
      disk_used_percent: 73.68,
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await vi.waitFor(() => expect(lines).toHaveLength(2), patient);
    // No ticks have passed: no share of nothing.
    expect(read(lines[1]!)).not.toHaveProperty("cpu_usage_user");
  });

  it.each([{}, { METRICS_NAMESPACE: "RainbowSeeker" }, { METRICS_ENVIRONMENT: "production" }])(
    "are off with %j",
    async (incomplete) => {
      const write = vi.fn<(line: string) => void>();
      reportMetrics({ service, settings: incomplete, write, sources: sourcesOf(files) });
      await vi.advanceTimersByTimeAsync(600_000);
      expect(vi.getTimerCount()).toBe(0);
      expect(write).not.toHaveBeenCalled();
    },
  );

  it("know control groups of version 1, and the smallest of all limits", async () => {
    const first = {
      "/proc/meminfo": files["/proc/meminfo"],
      [`${cgroup}/memory/memory.usage_in_bytes`]: String(gibibyte / 2),
      [`${cgroup}/memory/memory.stat`]: `cache 1\ninactive_file 1\ntotal_inactive_file ${gibibyte / 4}\n`,
      [`${cgroup}/memory/memory.limit_in_bytes`]: "9223372036854771712",
    };
    const used = async (contents: Record<string, string>, limit?: number) =>
      (await createMeter(sourcesOf(contents, limit))()).mem_used_percent;
    expect(await used(first)).toBe(25);
    expect(await used({ ...first, [`${cgroup}/memory/memory.limit_in_bytes`]: String(gibibyte / 2) })).toBe(50);
    expect(await used(files, gibibyte / 4)).toBe(100);
    const machine = await createMeter({ ...sourcesOf(files), memoryLimit: async () => undefined })();
    expect(machine.mem_used_percent).toBeCloseTo((100 * gibibyte) / 4 / (3_900_000 * 1024));
  });

  it("leave out what cannot be measured", async () => {
    const broken: api.Sources = {
      read: async () => undefined,
      blocks: () => Promise.reject(new Error("no")),
      memoryLimit: async () => undefined,
    };
    expect(await createMeter(broken)()).toEqual({});
    expect(ticksIn("cpu  1 2 3\n")).toBeUndefined();
    expect(ticksIn("cpu  1 2 3 x 5 6 7 8\n")).toBeUndefined();
  });

  it("measure this machine, with the size that ECS gives the task", async () => {
    const server = createServer((request, response) => {
      expect(request.url).toBe("/v4/abc/task");
      // 1 TiB: more than this machine has, so that its own memory is the limit.
      response.end(JSON.stringify({ Limits: { CPU: 0.5, Memory: 1_048_576 } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const lines: string[] = [];
    const uri = `http://127.0.0.1:${port}/v4/abc`;
    reportMetrics({
      service,
      settings: { ...settings, ECS_CONTAINER_METADATA_URI_V4: uri },
      write: (line) => lines.push(line),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await vi.waitFor(() => expect(lines).toHaveLength(1), patient);
    server.close();
    const event = read(lines[0]!);
    expect(event["disk_used_percent"]).toBeGreaterThan(0);
    for (const { Name } of directivesOf(event)[0]!.Metrics) {
      expect(event[Name]).toBeGreaterThanOrEqual(0);
      expect(event[Name]).toBeLessThanOrEqual(100);
    }
  });
});
