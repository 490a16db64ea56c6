// HAProxy before the tasks, which asks each one whether it is ready, and keeps its connections to them, as the load balancer
// on AWS does. It never tries a request again: what fails, fails for who asked.
import { until } from "../../infra/local/process.ts";
import { startHaproxy } from "../lib/haproxy.ts";

export interface Proxy {
  origin: string;
  /** Waits until it sends requests to the task on this port, or none any more. */
  untilServed: (port: number, isServed: boolean) => Promise<void>;
  stop: () => Promise<void>;
}

/** @param tasks ports that tasks may come to listen on */
export async function startProxy(
  { port, statistics, tasks }: { port: number; statistics: number; tasks: number[] },
  note: (text: string) => void,
): Promise<Proxy> {
  const { stop } = await startHaproxy(
    () => `defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 20s
  timeout http-keep-alive 60s
  retries 0
frontend visitors
  bind 127.0.0.1:${port}
  default_backend tasks
frontend statistics
  bind 127.0.0.1:${statistics}
  stats enable
  stats uri /
backend tasks
  balance roundrobin
  http-reuse always
  option httpchk GET /ready
  http-check expect status 200
  default-server check inter 500ms rise 2 fall 2
${tasks.map((task) => `  server on-${task} 127.0.0.1:${task}`).join("\n")}
`,
    note,
  );
  const status = async (task: number): Promise<string> => {
    const table = await (await fetch(`http://127.0.0.1:${statistics}/;csv`)).text();
    const [header = "", ...rows] = table.split("\n").map((line) => line.split(","));
    return rows.find((row) => row[1] === `on-${task}`)?.[header.indexOf("status")] ?? "";
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    untilServed: async (task, isServed) => {
      const isSo = await until(async () => (await status(task)).startsWith("UP") === isServed, { seconds: 60 });
      if (!isSo) throw new Error(`The task on port ${task} is ${await status(task)} for the proxy after 60 seconds.`);
    },
    stop,
  };
}
