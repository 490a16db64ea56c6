// What a worker that nobody waits for is doing.
import { Counter, Gauge, type Registry } from "prom-client";

export interface NotificationMetrics {
  runs: Counter<"outcome">;
  notifications: Counter<"status">;
  devicesRemoved: Counter;
  places: Counter<"outcome">;
  /** Of the whole fleet, as this task knows it. */
  lastRun: (at: Date) => void;
}

export function createNotificationMetrics(registry: Registry, now: () => Date): NotificationMetrics {
  const registers = [registry];
  let last: Date | undefined;
  const age = new Gauge({
    name: "notification_last_run_age_seconds",
    help: "Seconds since a task of the fleet last ended a run; -1 while this task has not heard of one.",
    registers: [],
    collect: () => {
      age.set(last ? Math.max(0, (now().getTime() - last.getTime()) / 1000) : -1);
    },
  });
  registry.registerMetric(age);
  return {
    runs: new Counter({
      name: "notification_runs_total",
      help: "Runs of this task: done; incomplete, as time or FCM ended it; failed.",
      labelNames: ["outcome"],
      registers,
    }),
    notifications: new Counter({
      name: "notifications_total",
      help: "Notifications of this task by how they ended.",
      labelNames: ["status"],
      registers,
    }),
    devicesRemoved: new Counter({
      name: "notification_devices_removed_total",
      help: "Devices that FCM does not know any more.",
      registers,
    }),
    places: new Counter({
      name: "notification_places_total",
      help: "Places that runs needed the chance of: asked, or unknown because of weather, ml, or too many of them.",
      labelNames: ["outcome"],
      registers,
    }),
    lastRun: (at) => {
      last = at;
    },
  };
}
