// Numbers and times as the page writes them. All times are Japan's.
import type { Language } from "../../http/problems.ts";

const timeZone = "Asia/Tokyo";
const clock = new Intl.DateTimeFormat("sv-SE", { timeZone, hour: "2-digit", minute: "2-digit" });
const days: Record<Language, Intl.DateTimeFormat> = {
  en: new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric" }),
  ja: new Intl.DateTimeFormat("ja-JP", { timeZone, dateStyle: "long" }),
};
const shortDays: Record<Language, Intl.DateTimeFormat> = {
  en: new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" }),
  ja: new Intl.DateTimeFormat("ja-JP", { timeZone, day: "numeric", month: "long" }),
};

const weekdays: Record<Language, Intl.DateTimeFormat> = {
  en: new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short" }),
  ja: new Intl.DateTimeFormat("ja-JP", { timeZone, weekday: "short", day: "numeric", month: "numeric" }),
};

export const timeOf = (at: Date | string) => clock.format(new Date(at));
export const dayAndTime = (at: Date, language: Language) => `${days[language].format(at)} ${timeOf(at)}`;
export const weekday = (at: Date, language: Language) => weekdays[language].format(at);
export const shortDayAndTime = (at: Date, language: Language) => `${shortDays[language].format(at)} ${timeOf(at)}`;

/** More digits would pretend to know. */
export function percent(probability: number): string {
  const value = probability * 100;
  return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** How many times the usual. */
export const times = (ratio: number) => (ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(1));

export const minutesBetween = (earlier: Date, later: Date) =>
  Math.max(0, Math.round((later.getTime() - earlier.getTime()) / 60_000));

/** Fists at arm's length, of about ten degrees each; whole ones and halves are all that an arm can tell. */
export const fistsFor = (degrees: number) => Math.round(degrees / 5) / 2;
