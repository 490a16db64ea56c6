// Whether what is asked looks like what the model was trained on: the population stability index (PSI) of each feature,
// over the last rows only, in memory of a fixed size.

export interface Distribution {
  /** Upper ends of all bins but the last, each inside of its bin, rising. */
  edges: readonly number[];
  /** Of the known values, per bin. */
  shares: readonly number[];
}

/** Of known values below this number, a PSI would be noise: its expectation without drift is (bins - 1) / values. */
export const fewestValues = 200;
/** Keeps a share that is 0 in the reference from making the index infinite. */
const smallestShare = 1e-6;
/** As if each bin had been hit by half a row more. */
const prior = 0.5;

/**
 * Sum of (observed - expected) × ln(observed / expected) over the bins: 0 for equal shares, never negative. Readers take
 * 0.1 for a shift and 0.25 for a large one.
 */
export function populationStability(expected: readonly number[], counts: readonly number[]): number {
  if (expected.length !== counts.length) throw new RangeError("Both need the same bins.");
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const floored = expected.map((share) => Math.max(share, smallestShare));
  const all = sum(floored);
  const rows = sum(counts) + prior * counts.length;
  return sum(
    floored.map((floor, bin) => {
      const [share, seen] = [floor / all, ((counts[bin] ?? 0) + prior) / rows];
      return (seen - share) * Math.log(seen / share);
    }),
  );
}

/** The first bin whose edge is not below the value, or the last one. */
export function binOf(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

export interface FeatureDrift {
  /** Undefined while too few values are known. */
  psi: number | undefined;
  /** Share of the rows without a value. */
  missing: number;
}

export interface DriftWindow {
  /** One value for each distribution; NaN is a missing one. */
  add(row: ArrayLike<number>): void;
  /** Rows in the window. */
  rows(): number;
  /** In the order of the distributions. */
  read(): FeatureDrift[];
}

const missing = 255;

/** @param capacity - rows that are remembered: a byte for each of their features */
export function createDriftWindow(distributions: readonly Distribution[], capacity = 4096): DriftWindow {
  const width = distributions.length;
  const bins = new Uint8Array(width * capacity);
  const counts = distributions.map(({ shares }) => {
    if (shares.length >= missing) throw new RangeError(`A distribution has fewer than ${missing} bins.`);
    return shares.map(() => 0);
  });
  let seen = 0;

  const count = (feature: number, bin: number, by: 1 | -1) => {
    const of = counts[feature];
    if (of && bin !== missing) of[bin] = (of[bin] ?? 0) + by;
  };
  const rows = () => Math.min(seen, capacity);
  return {
    add(row) {
      const offset = (seen % capacity) * width;
      distributions.forEach(({ edges }, feature) => {
        if (seen >= capacity) count(feature, bins[offset + feature] ?? missing, -1);
        const value = row[feature] ?? Number.NaN;
        const bin = Number.isNaN(value) ? missing : binOf(edges, value);
        bins[offset + feature] = bin;
        count(feature, bin, 1);
      });
      seen += 1;
    },
    rows,
    read: () =>
      distributions.map(({ shares }, feature) => {
        const hits = counts[feature] ?? [];
        const known = hits.reduce((total, hit) => total + hit, 0);
        return {
          psi: known < fewestValues ? undefined : populationStability(shares, hits),
          missing: rows() === 0 ? 0 : 1 - known / rows(),
        };
      }),
  };
}
