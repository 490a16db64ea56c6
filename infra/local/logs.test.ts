import { describe, expect, it } from "vitest";
import { formatLine } from "./logs.ts";

const line = (message: string) => ({
  service: "ml" as const,
  event: {
    eventId: "1",
    timestamp: new Date(2026, 10, 24, 15, 4, 5).getTime(),
    logStreamName: "ecs/ml/0a5203cb-57db-4254-8224-6e95869e7cbf",
    message,
  },
});

describe("formatLine", () => {
  it("shows time, service, task, level and message, without the common fields", () => {
    const message = JSON.stringify({
      level: 40,
      time: 1,
      pid: 7,
      hostname: "h",
      service: "ml",
      version: "v",
      err: { code: "ECONNREFUSED" },
      ms: 1.5,
      msg: "slow",
    });
    expect(formatLine(line(message))).toBe('15:04:05  ml  0a5203cb  warn  slow err={"code":"ECONNREFUSED"} ms=1.5');
  });

  it.each(["plain text", "{not json", "42", "null", '{"no":"message"}', ""])("leaves %j as it is", (message) => {
    expect(formatLine(line(message))).toBe(`15:04:05  ml  0a5203cb  ${message}`);
  });
});
