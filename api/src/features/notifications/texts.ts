// What a notification says, in the language of the device, or of whoever reads the history. In the mode `present` it
// speaks of the weather that was observed and of nothing to come: ../predictions/mode.ts.
import type { Language } from "../../http/problems.ts";
import { en } from "../page/words.en.ts";
import { ja } from "../page/words.ja.ts";
import { attributions } from "../weather/providers/attributions.ts";
import type { Attribution } from "../weather/weather.ts";

export interface Told {
  placeName: string;
  probability: number;
  /** Degrees: the direction to look in, and how high the top of a bow would be. */
  look: { azimuth: number; elevation: number } | null;
  mode: "present" | "forecast";
  permit: string | null;
  /** End of the hour that was observed. */
  observedAt: Date;
  timeZone: string;
  provider: string;
}

export interface Text {
  title: string;
  body: string;
}

const hour = 3_600_000;
const compass: Record<Language, readonly string[]> = { en: en.compass, ja: ja.compass };

/** Never "0 %" or, short of certainty, "100 %". */
export const percentOf = (probability: number): number =>
  probability >= 1 ? 100 : Math.min(99, Math.max(1, Math.round(probability * 100)));

export const attributionOf = (provider: string): Attribution | undefined =>
  (attributions as Record<string, Attribution>)[provider];

export function textOf(told: Told, language: Language): Text {
  const { placeName, look, mode, permit, observedAt, timeZone } = told;
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone, hour: "2-digit", minute: "2-digit" });
  const values = {
    name: placeName,
    percent: percentOf(told.probability),
    at: clock.format(observedAt),
    end: clock.format(observedAt.getTime() + hour),
  };
  const { title, chance, lookTo } = words[language];
  const direction = look && compass[language][Math.round(look.azimuth / 45) % 8];
  const attribution = attributionOf(told.provider);
  const lines = [
    chance[mode](values),
    look && direction ? lookTo(direction, Math.round(look.elevation)) : undefined,
    permit ?? undefined,
    attribution && (language === "ja" ? attribution.textJa : attribution.text),
  ];
  return { title: title[mode](values.name), body: lines.filter((line) => line !== undefined).join("\n") };
}

interface Values {
  name: string;
  percent: number;
  at: string;
  end: string;
}
interface Words {
  title: Record<Told["mode"], (name: string) => string>;
  chance: Record<Told["mode"], (values: Values) => string>;
  lookTo: (direction: string, top: number) => string;
}

const words: Record<Language, Words> = {
  en: {
    title: {
      present: (name) => `Rainbow weather at ${name}`,
      forecast: (name) => `A rainbow is likely at ${name}`,
    },
    chance: {
      present: ({ percent, at }) => `Chance of a rainbow in the weather observed at ${at}: ${percent}%.`,
      forecast: ({ percent, at, end }) => `Chance of a rainbow from ${at} to ${end}: ${percent}%.`,
    },
    lookTo: (direction, top) => `Look ${direction}, up to ${top}° high.`,
  },
  ja: {
    title: {
      present: (name) => `${name}：虹が見えやすい天気です`,
      forecast: (name) => `${name}：虹が出そうです`,
    },
    chance: {
      present: ({ percent, at }) => `${at}に観測された天気で虹が見える確率は${percent}%です。`,
      forecast: ({ percent, at, end }) => `${at}〜${end}に虹が見える確率は${percent}%です。`,
    },
    lookTo: (direction, top) => `${direction}の空、高さ${top}°までを見てください。`,
  },
};
