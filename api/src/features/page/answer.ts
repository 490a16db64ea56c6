// What the page answers: how likely a rainbow is here and now, in plain words and in figures.
import type { Gate } from "../predictions/ml.ts";
import type { PageContent } from "./content.ts";
import { percent, times } from "./figures.ts";
import { bands, type Words } from "./words.ts";

export interface Answer {
  /** The heading of the page. */
  verdict: string;
  /** Undefined where it is not known. */
  probability: number | undefined;
  /** Beside the figure, or in its place. */
  comparison: string;
}

export function answerOf(
  { sky, prediction, weather }: Pick<PageContent, "sky" | "prediction" | "weather">,
  words: Words,
): Answer {
  const { verdicts } = words;
  if (!sky) return { verdict: verdicts.unknown, probability: undefined, comparison: words.mlAway };
  const { gate, usual_rate: usual } = sky;
  if (isShut(gate)) return { verdict: verdicts.shut[gate], probability: 0, comparison: words.noUsual[gate] };
  const unknown = { probability: undefined, comparison: words.usualOnly(percent(usual)) };
  if (typeof weather === "string") return { verdict: verdicts.noWeather, ...unknown };
  // Weather of before sunrise has no chance, and says nothing of the sun that has risen since.
  if (!prediction || isShut(prediction.gate)) return { verdict: verdicts.unknown, ...unknown };
  const { probability } = prediction;
  const band = bands.findLastIndex((from) => probability >= from);
  return {
    verdict: verdicts.chance[Math.max(band, 0)] ?? verdicts.unknown,
    probability,
    comparison: usual > 0 ? compared(probability / usual, percent(usual), words) : "",
  };
}

function compared(ratio: number, usual: string, { comparedWithUsual, timesUsual }: Words): string {
  if (ratio < 0.2) return comparedWithUsual.farBelow(usual);
  if (ratio < 0.8) return comparedWithUsual.below(usual);
  if (ratio < 1.25) return comparedWithUsual.about(usual);
  return timesUsual(times(ratio), usual);
}

export const isShut = (gate: Gate): gate is Exclude<Gate, "open"> => gate !== "open";
