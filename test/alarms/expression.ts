// Metric math, as far as our alarms use it: + and -, FILL(series, number) and MAX(METRICS()).
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

/** One value for each period, oldest first; undefined: no data. */
export type Series = readonly (number | undefined)[];

/** @throws if the expression uses anything else */
export function calculate(expression: string, metrics: ReadonlyMap<string, Series>): Series {
  const terms = expression.split(/\s*([+-])\s*/);
  return terms.reduce<Series>(
    (total, text, index) => (index % 2 === 1 ? total : add(total, term(text, metrics), terms[index - 1])),
    [],
  );
}

/** A missing value counts as 0 where the other one has data. */
function add(left: Series, right: Series, operator: string | undefined): Series {
  if (operator === undefined) return right;
  const sign = operator === "+" ? 1 : -1;
  return right.map((value, index) => {
    const other = left[index];
    return value === undefined && other === undefined ? undefined : (other ?? 0) + sign * (value ?? 0);
  });
}

function term(text: string, metrics: ReadonlyMap<string, Series>): Series {
  if (text === "MAX(METRICS())") return highest([...metrics.values()]);
  const [, filled, filler] = /^FILL\((\w+), (\d+)\)$/.exec(text) ?? [];
  const series = metrics.get(filled ?? text);
  if (series === undefined) throw new Error(`The expression ${text} is not metric math that this test knows.`);
  // Whether a metric without any data is filled is not documented: the alarm must ring without it.
  const isFilled = filled !== undefined && series.some((value) => value !== undefined);
  return isFilled ? series.map((value) => value ?? Number(filler)) : series;
}

function highest(all: Series[]): Series {
  if (all.length < 2) throw new Error("MAX of one series is a number, and no series.");
  return (all[0] ?? []).map((_, index) => {
    const values = all.map((series) => series[index]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : Math.max(...values);
  });
}
