// The alarms as Terraform makes them, in everyday life and in failures.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { System } from "../infrastructure/system.ts";
import { alarmsOf, metricsIn, widgetsOf } from "./alarms.ts";
import { play, type State } from "./evaluator.ts";
import { isPublished } from "./published.ts";
import { everyday, failures, type Scenario } from "./scenarios.ts";
import { at, environments, ordinary, samplesOf } from "./situations.ts";

describe.each(["production", "staging"] as const)("%s", (name) => {
  const environment = environments[name];
  const system = new System(name, inject("states")[name]);
  const alarms = alarmsOf(system);
  const ids = {
    balancer: system.named("aws_lb", "rainbow-seeker-alb")["arn_suffix"] as string,
    group: system.named("aws_lb_target_group", "rainbow-seeker-api")["arn_suffix"] as string,
  };

  /** State changes of every alarm since the scenario began, until long after it. */
  function changesIn({ from, to, change, until = to + 60 }: Omit<Scenario, "rings">) {
    const samples = samplesOf(environment, ids, (minute) => {
      const situation = ordinary(environment, minute);
      const isIn = minute >= from && minute < to;
      return isIn ? { ...situation, ...change(situation, minute - from, environment) } : situation;
    });
    return new Map([...alarms].map(([key, alarm]) => [key, play(alarm, samples, from - 120, until)] as const));
  }
  type Changes = { minute: number; state: State }[];
  const stateAt = (changes: Changes, minute: number) => changes.findLast((one) => one.minute <= minute)?.state;
  const rung = (changes: ReturnType<typeof changesIn>, from: number) =>
    Object.fromEntries(
      [...changes].flatMap(([key, list]) => {
        const first = list.find(({ minute, state }) => state === "ALARM" && minute >= from);
        return first ? [[key, first.minute - from]] : [];
      }),
    );

  it.each(everyday)("is silent: $name", (scenario) => {
    const changes = changesIn(scenario);
    expect(rung(changes, scenario.from - 120)).toEqual({});
    // Silence is not ignorance: every alarm has data.
    for (const [key, list] of changes) expect([key, stateAt(list, scenario.from)]).toEqual([key, "OK"]);
  });

  // Staging has too few requests for their errors to count.
  const isExpected = (key: string) => name === "production" || !["http-5xx", "elb-5xx"].includes(key);

  it.each(failures)("rings: $name", (scenario) => {
    const changes = changesIn(scenario);
    const times = rung(changes, scenario.from);
    const expected = Object.entries(scenario.rings).filter(([key]) => isExpected(key));
    expect(Object.keys(times).toSorted()).toEqual(expected.map(([key]) => key).toSorted());
    for (const [key, limit] of expected)
      expect([key, times[key]! <= limit, times[key]]).toEqual([key, true, times[key]]);
    // And stops ringing afterwards.
    for (const [key, list] of changes) expect([key, list.at(-1)?.state]).toEqual([key, "OK"]);
  });

  it("rings not before 26 hours without a backup", () => {
    const scenario = failures.find(({ rings }) => "no-backup" in rings)!;
    const last = at("Saturday", ...environment.backupAt);
    const hours = (scenario.from + rung(changesIn(scenario), scenario.from)["no-backup"]! - last) / 60;
    expect(hours).toBeGreaterThanOrEqual(26);
    expect(hours).toBeLessThan(27);
  });

  it("rings from the beginning where nobody is served and nothing is backed up, without any data", () => {
    const states = [...alarms].map(
      ([key, alarm]) => [key, play(alarm, () => undefined, 0, 120).at(-1)?.state] as const,
    );
    expect(states.filter(([, state]) => state === "ALARM").map(([key]) => key)).toEqual(
      expect.arrayContaining(["no-backup", "no-healthy-target"]),
    );
    expect(states.filter(([, state]) => state === "ALARM")).toHaveLength(2);
  });

  it("has no alarm that never rings", () => {
    expect([...alarms.keys()].toSorted()).toEqual(
      [...new Set(failures.flatMap(({ rings }) => Object.keys(rings)))].toSorted(),
    );
  });

  it("watches and shows only metrics that AWS, the services or backups publish", () => {
    const watched = [...alarms.values()].flatMap(({ metrics }) => [...metrics.values()]);
    const shown = widgetsOf(system).flatMap(metricsIn);
    expect([watched.length > 15, shown.length > 30]).toEqual([true, true]);
    expect([...watched, ...shown].filter((metric) => !isPublished(metric, environment.suffix))).toEqual([]);
  });

  it("has a dashboard in its region, without gaps or overlaps, with every alarm and every watched metric", () => {
    const [first, ...graphs] = widgetsOf(system);
    expect(first).toMatchObject({ type: "alarm", x: 0, y: 0, width: 24, height: 4 });
    expect(first?.properties.alarms?.toSorted()).toEqual(
      [...alarms.values()]
        .map((alarm) => `arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:${alarm.name}`)
        .toSorted(),
    );
    for (const [index, widget] of graphs.entries()) {
      const place = { x: (index % 3) * 8, y: 4 + Math.floor(index / 3) * 6, width: 8, height: 6 };
      expect(widget).toMatchObject({
        type: "metric",
        ...place,
        properties: { region: "ap-northeast-1", view: "timeSeries" },
      });
      expect(widget.properties.stat).toMatch(/^(Sum|Average|Minimum|Maximum|p95)$/);
      expect([60, 3600]).toContain(widget.properties.period);
    }
    const key = (metric: object) => JSON.stringify(metric);
    const shown = new Set(graphs.flatMap(metricsIn).map(key));
    const watched = [...alarms.values()].flatMap(({ metrics }) => [...metrics.values()]);
    expect(watched.map(({ namespace, name: metric }) => [namespace, metric].join())).toEqual(
      expect.arrayContaining(["AWS/ApplicationELB,HealthyHostCount"]),
    );
    const names = new Set([...shown].map((text) => (JSON.parse(text) as { name: string }).name));
    expect(watched.map((metric) => metric.name).filter((one) => !names.has(one))).toEqual([]);
  });

  it.each(["docs/alarms.md", "docs/alarms.ja.md"])("has every alarm explained in %s", (path) => {
    const text = readFileSync(join(root, path), "utf8");
    const explained = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, key]) => key);
    expect(explained.toSorted()).toEqual([...alarms.keys()].toSorted());
  });
});
