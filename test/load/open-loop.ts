// Requests at a fixed rate, whatever becomes of them, as people send them: a service that slows down gets no fewer. Times
// count from when a request was due, so that one that had to wait for its turn is not faster than it felt.
import { Agent, request as send } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Question {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Load {
  origin: string;
  perSecond: number;
  seconds: number;
  next: (index: number) => Question;
  /** Milliseconds after which a request has failed. */
  patience?: number;
}

export interface Measured {
  sent: number;
  /** Of those with an answer below 400, in milliseconds, sorted. */
  times: number[];
  /** The others: what was asked, and what became of it. */
  failures: string[];
}

export async function measure({ origin, perSecond, seconds, next, patience = 10_000 }: Load): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const times: number[] = [];
  const failures: string[] = [];
  const total = perSecond * seconds;
  const running = new Set<Promise<void>>();
  const one = async (question: Question, due: number): Promise<void> => {
    const what = `${question.method ?? "GET"} ${question.path}`;
    try {
      const status = await ask(origin, question, agent, patience);
      if (status < 400) times.push(performance.now() - due);
      else failures.push(`${what}: ${status}`);
    } catch (error) {
      failures.push(`${what}: ${(error as Error).message}`);
    }
  };
  const began = performance.now();
  for (let index = 0; index < total; index += 1) {
    const due = began + (index * 1000) / perSecond;
    while (performance.now() < due) await sleep(Math.max(1, due - performance.now()));
    const asked = one(next(index), due).finally(() => running.delete(asked));
    running.add(asked);
  }
  await Promise.all(running);
  agent.destroy();
  return { sent: total, times: times.toSorted((a, b) => a - b), failures };
}

function ask(origin: string, question: Question, agent: Agent, patience: number): Promise<number> {
  const { method = "GET", path, headers = {}, body } = question;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(patience);
    const sent = send(new URL(path, origin), { method, headers, agent, signal }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.on("error", reject).end(body);
  });
}

/** @param share from 0 to 1 */
export const percentile = ({ times }: Measured, share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
