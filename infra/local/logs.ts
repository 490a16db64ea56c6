// Service logs from the local CloudWatch Logs, which also has the lines of stopped tasks.
import { basename } from "node:path";
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
  type FilteredLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { setTimeout as sleep } from "node:timers/promises";
import { awsClient } from "./paths.ts";

export const logServices = ["api", "ml", "migrate"] as const;
export type LogService = (typeof logServices)[number];

export interface LogLine {
  service: LogService;
  event: FilteredLogEvent;
}

/** Milliseconds that are read again on each poll: lines of one task arrive in order, those of several tasks may not. */
const overlap = 3000;
const pollInterval = 500;
/** Milliseconds to search first for the last lines: the full history is long and rarely needed. */
const recentWindow = 900_000;

/** Yields the last `tail` lines and, with `follow`, each new line as it arrives, without end. */
export async function* readLogs(options: {
  services: readonly LogService[];
  tail: number;
  follow: boolean;
}): AsyncGenerator<LogLine> {
  const logs = new CloudWatchLogsClient(awsClient);
  const { services, tail, follow } = options;
  const startTime = Date.now();
  const seen = new Map<string, number>();
  const unseen = (lines: LogLine[]) =>
    lines.filter(({ event: { eventId = "", timestamp = 0 } }) => {
      const isKnown = seen.has(eventId);
      seen.set(eventId, timestamp);
      return !isKnown;
    });
  const since = async (time: number) =>
    (await Promise.all(services.map((service) => linesOf(logs, service, time))))
      .flat()
      .toSorted((a, b) => (a.event.timestamp ?? 0) - (b.event.timestamp ?? 0));

  const recent = await since(startTime - recentWindow);
  const first = unseen(recent.length >= tail ? recent : await since(0));
  yield* tail === 0 ? [] : first.slice(-tail);
  if (!follow) return;
  for (let newest = first.at(-1)?.event.timestamp ?? startTime; ;) {
    await sleep(pollInterval);
    for (const line of unseen(await since(newest - overlap))) {
      newest = Math.max(newest, line.event.timestamp ?? 0);
      yield line;
    }
    for (const [id, time] of seen) if (time < newest - 2 * overlap) seen.delete(id);
  }
}

async function linesOf(logs: CloudWatchLogsClient, service: LogService, startTime: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let nextToken: string | undefined;
  do {
    const command = new FilterLogEventsCommand({
      logGroupName: `/ecs/rainbow-seeker-${service}-local`,
      startTime,
      nextToken,
    });
    // The log group does not exist before the first deployment or during a restart.
    const page = await logs.send(command).catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) return { events: [], nextToken: undefined };
      throw error;
    });
    lines.push(...(page.events ?? []).map((event) => ({ service, event })));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

/** Fields of every log line that would only repeat what is shown anyway. */
const commonFields = new Set(["level", "time", "pid", "hostname", "service", "version", "msg"]);
const levels: Record<number, string> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

/** Formats a line for a terminal: time, service, task, and the service's JSON as text. */
export function formatLine({ service, event }: LogLine): string {
  const { timestamp = 0, logStreamName = "", message = "" } = event;
  const time = new Date(timestamp).toLocaleTimeString("sv-SE");
  const task = basename(logStreamName).slice(0, 8);
  return `${time}  ${service.padEnd(3)} ${task}  ${asText(message)}`;
}

function asText(message: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(message) as Record<string, unknown>;
  } catch {
    return message;
  }
  if (typeof entry !== "object" || entry === null || typeof entry["msg"] !== "string") return message;
  const fields = Object.entries(entry).filter(([name]) => !commonFields.has(name));
  const values = fields.map(
    ([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return [(levels[Number(entry["level"])] ?? String(entry["level"])).padEnd(5), entry["msg"], ...values].join(" ");
}
