// The evaluator against the examples in AWS's documentation.
import { describe, expect, it } from "vitest";
import { evaluate, play, type Alarm, type Missing, type State } from "./evaluator.ts";
import { calculate } from "./expression.ts";

const treatments: Missing[] = ["missing", "ignore", "breaching", "notBreaching"];
/** A state that none of the treatments leads to by itself. */
const retained = "retained" as State;
const none = "INSUFFICIENT_DATA";

// Columns: data points (0 within the threshold, X breaching, - missing), then the state by treatment.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
type Row = [points: string, ...states: [State, State, State, State]];
const threeOfThree: Row[] = [
  ["0-X-X", "OK", "OK", "OK", "OK"],
  ["0----", "OK", "OK", "OK", "OK"],
  ["-----", none, retained, "ALARM", "OK"],
  ["0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["----X", none, retained, "ALARM", "OK"],
  ["X----", "ALARM", retained, "ALARM", "OK"],
];
const twoOfThree: Row[] = [
  ["0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["00X0X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0-X--", "OK", "OK", "ALARM", "OK"],
  ["----0", "OK", "OK", "ALARM", "OK"],
  ["----X", none, retained, "ALARM", "OK"],
];

const pointsIn = (text: string) => [...text].map((point) => (point === "-" ? undefined : point === "X"));

describe("an alarm over 3 periods", () => {
  const cases = [threeOfThree, twoOfThree].flatMap((table, index) =>
    table.flatMap(([points, ...states]) =>
      treatments.map((missing, column) => ({ points, needed: 3 - index, missing, state: states[column] })),
    ),
  );
  it.each(cases)("that needs $needed is $state with $points, missing data being $missing", (one) => {
    const alarm = { evaluationPeriods: 3, datapointsToAlarm: one.needed, missing: one.missing };
    expect(evaluate(pointsIn(one.points), alarm, retained)).toBe(one.state);
  });
});

describe("metric math", () => {
  const metrics = new Map([
    ["a", [1, undefined, 3, undefined]],
    ["b", [10, 20, undefined, undefined]],
    ["c", [undefined, undefined, undefined, undefined]],
  ]);
  it.each([
    ["a", [1, undefined, 3, undefined]],
    ["b - a", [9, 20, -3, undefined]],
    ["FILL(a, 0)", [1, 0, 3, 0]],
    ["FILL(a, 0) + FILL(b, 5)", [11, 20, 8, 5]],
    ["FILL(c, 0)", [undefined, undefined, undefined, undefined]],
    ["MAX(METRICS())", [10, 20, 3, undefined]],
  ])("%s", (expression, result) => {
    expect(calculate(expression, metrics)).toEqual(result);
  });

  it("is refused where it is not known, and where it gives no series", () => {
    expect(() => calculate("RATE(a)", metrics)).toThrow("RATE(a)");
    expect(() => calculate("MAX(METRICS())", new Map([["a", [1]]]))).toThrow("no series");
  });
});

describe("statistics", () => {
  const states = (statistic: string, threshold: number) => {
    const alarm: Alarm = {
      name: "test",
      metrics: new Map([["own", { namespace: "n", name: "m", dimensions: {} }]]),
      expression: undefined,
      statistic,
      period: 120,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      comparison: "GreaterThanThreshold",
      threshold,
      missing: "missing",
    };
    // Minutes 0 and 1 are one period: 1 to 10, and 20.
    const minutes = new Map([
      [0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      [1, [20]],
    ]);
    return play(alarm, (_, minute) => minutes.get(minute), 2, 2)[0]?.state;
  };
  it.each([
    ["Sum", 75],
    ["Average", 75 / 11],
    ["Minimum", 1],
    ["Maximum", 20],
    ["p50", 6],
    ["p95", 20],
  ])("%s is %d", (statistic, value) => {
    expect([states(statistic, value - 0.01), states(statistic, value)]).toEqual(["ALARM", "OK"]);
  });
});
