// What happens, and which alarms ring within how many minutes; every other one must stay silent.
import { at, type Environment, type Situation } from "./situations.ts";

export interface Scenario {
  name: string;
  from: number;
  to: number;
  /** When everything has ended; an hour later, unless it says otherwise. */
  until?: number;
  /** Minutes since it began. */
  change: (situation: Situation, minutes: number, environment: Environment) => Partial<Situation>;
  rings: Record<string, number>;
}

const morning = at("Saturday", 9);
const tasks = (one: Situation["api"], more: Partial<Situation["api"]>): Situation["api"] => ({ ...one, ...more });
const database = (one: Situation, more: object): Situation["database"] => one.database && { ...one.database, ...more };

/** Without tasks the load balancer answers everything itself, and nothing reports a use of CPU. */
const nobody = (one: Situation): Partial<Situation> => ({
  balancerErrors: one.requests,
  apiErrors: 0,
  api: tasks(one.api, { running: 0 }),
  database: database(one, { connections: 0 }),
});

export const failures: Scenario[] = [
  {
    name: "all tasks of api are killed, and none starts again",
    from: morning,
    to: morning + 60,
    change: (one) => ({ ...nobody(one), healthy: undefined }),
    rings: { "no-healthy-target": 4, "elb-5xx": 3, "api-tasks": 10 },
  },
  {
    name: "all tasks of api run, and none is healthy",
    from: morning,
    to: morning + 60,
    change: (one) => ({ balancerErrors: one.requests, apiErrors: 0, healthy: 0 }),
    rings: { "no-healthy-target": 4, "elb-5xx": 3 },
  },
  {
    // api gives up a statement after 10 s; its pools of 10 connections do not grow.
    name: "a lock blocks the database",
    from: morning,
    to: morning + 60,
    change: (one) => ({ slowSeconds: 10, apiErrors: Math.ceil(one.requests / 2) }),
    rings: { "http-5xx": 3, latency: 6 },
  },
  {
    name: "somebody opens connections to the database and leaves them open",
    from: morning,
    to: morning + 60,
    change: (one) => ({ database: database(one, { connections: 120 }) }),
    rings: { "db-connections": 15 },
  },
  {
    // From 4 GiB, 100 MiB a minute: at 1 GiB after 31 minutes, full after 41.
    name: "the disk of the database fills",
    from: morning,
    to: morning + 90,
    change: (one, minutes) => {
      const freeGib = Math.max(0, 4 - minutes / 10.24);
      return { database: database(one, { freeGib }), apiErrors: freeGib === 0 ? Math.ceil(one.requests / 3) : 0 };
    },
    rings: { "db-storage": 31 + 6, "http-5xx": 41 + 3 },
  },
  {
    name: "the nightly backup fails",
    from: at("Sunday", 0),
    to: at("Sunday", 12),
    // After the next night's.
    until: at("Sunday", 24 + 4),
    change: () => ({ backup: false }),
    // 26 hours after the last one, which ended between 2 and 3: at 5 o'clock.
    rings: { "no-backup": 300 },
  },
  {
    name: "ml is gone, and with it the predictions",
    from: morning,
    to: morning + 60,
    change: (one) => ({ ml: tasks(one.ml, { running: 0 }), apiErrors: Math.ceil(one.requests / 5) }),
    rings: { "ml-tasks": 10, "http-5xx": 3 },
  },
  {
    name: "one task of api starts and fails again and again",
    from: morning,
    to: morning + 60,
    change: (one, minutes) => ({
      api: tasks(one.api, { desired: one.api.desired + 1, running: one.api.desired + (minutes % 6 === 5 ? 1 : 0) }),
    }),
    rings: { "api-tasks": 12 },
  },
  {
    name: "more requests than the most tasks can answer",
    from: morning,
    to: morning + 60,
    change: (one) => ({ slowSeconds: 3, api: tasks(one.api, { cpu: 97 }), ml: tasks(one.ml, { cpu: 95 }) }),
    rings: { "high-cpu": 15, "ml-high-cpu": 15, latency: 6 },
  },
  {
    name: "memory leaks",
    from: morning,
    to: morning + 60,
    change: (one) => ({ api: tasks(one.api, { memory: 96 }), ml: tasks(one.ml, { memory: 96 }) }),
    rings: { "api-high-memory": 15, "ml-high-memory": 15 },
  },
  {
    name: "a query keeps the database busy, and its disk",
    from: morning,
    to: morning + 60,
    change: (one) => ({ database: database(one, { cpu: 99, diskCredits: 4 }) }),
    rings: { "db-cpu": 20, "db-burst": 20 },
  },
  {
    name: "one node of the cache is full",
    from: morning,
    to: morning + 60,
    change: () => ({ cache: { memory: 98, evictions: 100, cpu: 95 } }),
    rings: { "cache-memory": 15, "cache-evictions": 15, "cache-cpu": 20 },
  },
  {
    // Meant, and an outage all the same: it rings once, and again when the service is back.
    name: "an emergency stop",
    from: morning,
    to: morning + 60,
    change: (one) => ({ ...nobody(one), healthy: undefined, api: tasks(one.api, { desired: 0, running: 0 }) }),
    rings: { "no-healthy-target": 4, "elb-5xx": 3 },
  },
];

export const everyday: Omit<Scenario, "rings">[] = [
  { name: "two days and nights", from: at("Friday", 12), to: at("Sunday", 12), change: () => ({}) },
  {
    // New tasks come before the old ones go; as they start, they need CPU, and a few requests are cut off.
    name: "a deployment",
    from: morning,
    to: morning + 6,
    change: (one, minutes) => {
      const isDouble = minutes >= 1 && minutes < 5;
      const running = isDouble ? 2 * one.api.running : one.api.running;
      return {
        api: tasks(one.api, { running, cpu: 75 }),
        healthy: running,
        slowSeconds: 0.9,
        balancerErrors: isDouble ? Math.min(3, one.requests) : 0,
      };
    },
  },
  {
    // Three more tasks every five minutes, each of which takes two to run.
    name: "autoscaling from the fewest to the most tasks",
    from: morning,
    to: morning + 30,
    change: (one, minutes) => {
      const count = (minute: number) => Math.min(4, 1 + Math.max(0, Math.floor(minute / 5))) * one.api.desired;
      const running = count(minutes - 2);
      return { api: tasks(one.api, { desired: count(minutes), running, cpu: 78 }), healthy: running };
    },
  },
  {
    // api waits 5 s for a connection. A standby takes over within two minutes, a single instance restarts within four.
    name: "the weekly maintenance of the database, with a failover or a restart",
    from: at("Sunday", 4, 10),
    to: at("Sunday", 4, 14),
    change: (one, minutes, { suffix }) =>
      minutes < (suffix === "" ? 2 : 4) ? { database: undefined, slowSeconds: 5, apiErrors: one.requests } : {},
  },
  {
    // RDS adds 10 GiB once less than 10% has been free for five minutes.
    name: "storage that grows by itself",
    from: morning,
    to: morning + 30,
    change: (one, minutes) => ({ database: database(one, { freeGib: minutes < 12 ? 2 - minutes / 20 : 11.4 }) }),
  },
  {
    name: "a request of an hour ago that took long, alone in its minute",
    from: at("Saturday", 3),
    to: at("Saturday", 3, 2),
    change: () => ({ requests: 1, slowSeconds: 20 }),
  },
];
