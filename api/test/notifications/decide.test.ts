// Whether somebody is told: the rules, over everything that they are decided by.
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { decide, isQuiet, minutesOfDay, reasonToWait } from "../../src/features/notifications/decide.ts";
import { defaultSettings } from "../../src/features/notifications/shapes.ts";
import { percentOf, textOf, type Told } from "../../src/features/notifications/texts.ts";
import { runApi } from "../running-api.ts";

const { database, stop } = await runApi("decide");
afterAll(stop);

const pad = (value: number) => String(value).padStart(2, "0");
const time = fc
  .integer({ min: 0, max: 1439 })
  .map((minutes) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`);
const quiet = fc.record({ from: time, to: time }).filter(({ from, to }) => from !== to);
/** Also with half hours, the date line, and summer time by other rules, south of the equator, or no more. */
const zones =
  "Asia/Tokyo UTC America/New_York Europe/London Australia/Lord_Howe Asia/Kathmandu Pacific/Kiritimati " +
  "America/Santiago Africa/Casablanca Asia/Tehran";
const timeZone = fc.constantFrom(...zones.split(" "));
/** Before the newest rules, which the two sides may have from different editions of the database. */
const instant = fc.date({ min: new Date("2005-01-01"), max: new Date("2022-01-01"), noInvalidDate: true });
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const places = fc.array(fc.record({ threshold: fc.double({ min: 0.01, max: 1, noNaN: true }), probability }), {
  maxLength: 10,
});
const lastNotifiedAt = fc.option(fc.integer({ min: -7_200_000, max: 7_200_000 }));
const wishes = fc.record({ enabled: fc.boolean(), quiet: fc.option(quiet), timeZone });

describe("quiet hours", () => {
  it("are those of the clocks there, as PostgreSQL knows them, across midnight and changes of the clocks", async () => {
    const cases = fc.sample(fc.record({ at: instant, timeZone, quiet }), 3000);
    // The hours around the changes of the clocks in New York, minute by minute.
    for (const change of ["2021-03-14T06:30:00Z", "2021-11-07T05:00:00Z"])
      for (let minute = 0; minute < 150; minute += 1)
        cases.push({
          at: new Date(Date.parse(change) + minute * 60_000),
          timeZone: "America/New_York",
          quiet: { from: "01:30", to: "02:30" },
        });
    const { rows } = await database.query<{ quiet: boolean }>(
      `SELECT CASE WHEN f < t THEN f <= clock AND clock < t ELSE NOT (t <= clock AND clock < f) END AS quiet
       FROM (SELECT n, date_trunc('minute', at AT TIME ZONE zone)::time AS clock, f, t
         FROM unnest($1::timestamptz[], $2::text[], $3::time[], $4::time[]) WITH ORDINALITY AS given (at, zone, f, t, n)
       ) AS clocks ORDER BY n`,
      [
        cases.map(({ at }) => at),
        cases.map((each) => each.timeZone),
        cases.map((each) => each.quiet.from),
        cases.map((each) => each.quiet.to),
      ],
    );
    expect(rows).toHaveLength(cases.length);
    for (const [index, each] of cases.entries())
      expect(isQuiet(each.quiet, minutesOfDay(each.at, each.timeZone) ?? Number.NaN), JSON.stringify(each)).toBe(
        rows[index]?.quiet,
      );
  });

  it("and the hours between them are a whole day, without a minute in both", () => {
    fc.assert(
      fc.property(quiet, fc.integer({ min: 0, max: 1439 }), ({ from, to }, minutes) => {
        expect(isQuiet({ from, to }, minutes)).toBe(!isQuiet({ from: to, to: from }, minutes));
      }),
    );
  });

  it("of a time zone that there is not any more keep quiet", () => {
    const odd = { ...defaultSettings, quiet: null, timeZone: "Asia/Shiojiri", lastNotifiedAt: null };
    expect(reasonToWait(odd, new Date())).toBe("unknown-time-zone");
  });
});

describe("a decision", () => {
  const all = fc.record({ wishes, places, last: lastNotifiedAt, now: instant });
  type Given = typeof all extends fc.Arbitrary<infer T> ? T : never;
  const decideOn = ({ wishes: given, places: at, last, now }: Given) => {
    const whole = { ...given, lastNotifiedAt: last === null ? null : new Date(now.getTime() + last) };
    return { whole, decision: decide(whole, at, now) };
  };

  it("to tell is for somebody who wants it, not in quiet hours, not within an hour, and at the likeliest place", () => {
    fc.assert(
      fc.property(all, (given) => {
        const { whole, decision } = decideOn(given);
        if ("skip" in decision) return;
        expect(whole.enabled).toBe(true);
        expect(whole.quiet && isQuiet(whole.quiet, minutesOfDay(given.now, whole.timeZone) ?? 0)).not.toBe(true);
        expect(given.last ?? -3_600_000).toBeLessThanOrEqual(-3_600_000);
        const reached = given.places.filter((place) => place.probability >= place.threshold);
        expect(reached).toContain(decision.notify);
        expect(decision.notify.probability).toBe(Math.max(...reached.map((place) => place.probability)));
      }),
      { numRuns: 2000 },
    );
  });

  it("to wait has a reason that holds, and without one somebody is told", () => {
    fc.assert(
      fc.property(all, (given) => {
        const { whole, decision } = decideOn(given);
        const isWanted =
          whole.enabled &&
          !(whole.quiet && isQuiet(whole.quiet, minutesOfDay(given.now, whole.timeZone) ?? 0)) &&
          (given.last === null || given.last <= -3_600_000);
        const isReached = given.places.some((place) => place.probability >= place.threshold);
        expect("notify" in decision).toBe(isWanted && isReached);
        if ("skip" in decision && isWanted) expect(decision.skip).toBe("below");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a text", () => {
  const told: Told = {
    placeName: "塩尻駅",
    probability: 0.254,
    look: { azimuth: 49, elevation: 30.4 },
    mode: "present",
    permit: null,
    observedAt: new Date("2026-07-01T08:10:00Z"),
    timeZone: "Asia/Tokyo",
    provider: "jma",
  };

  it("speaks of the weather that was observed, and of nothing to come", () => {
    expect(textOf(told, "ja")).toEqual({
      title: "塩尻駅：虹が見えやすい天気です",
      body: [
        "17:10に観測された天気で虹が見える確率は25%です。",
        "北東の空、高さ30°までを見てください。",
        "出典：気象庁ホームページ（アメダスの観測値を加工して作成）",
      ].join("\n"),
    });
    expect(textOf({ ...told, placeName: "Home", look: null }, "en")).toEqual({
      title: "Rainbow weather at Home",
      body: [
        "Chance of a rainbow in the weather observed at 17:10: 25%.",
        "Source: Japan Meteorological Agency, AMeDAS (edited)",
      ].join("\n"),
    });
    for (const language of ["en", "ja"] as const) {
      const { title, body } = textOf(told, language);
      expect(`${title} ${body}`).not.toMatch(/予報|予測|これから|でしょう|forecast|will|soon|next|coming/i);
    }
  });

  it("of a forecast names the hour and the permit", () => {
    const ahead: Told = { ...told, mode: "forecast", permit: "気象庁長官許可第999号", provider: "open-meteo" };
    expect(textOf(ahead, "ja").body.split("\n")).toEqual([
      "17:10〜18:10に虹が見える確率は25%です。",
      "北東の空、高さ30°までを見てください。",
      "気象庁長官許可第999号",
      "気象データ：Open-Meteo.com",
    ]);
    expect(textOf(ahead, "en").body).toContain("Chance of a rainbow from 17:10 to 18:10: 25%.");
  });

  it("never says that something is impossible or, short of certainty, certain", () => {
    expect([0.001, 0.2, 0.996, 1].map(percentOf)).toEqual([1, 20, 99, 100]);
  });

  it("fits into a message of FCM with the longest name, permit and attribution", () => {
    const longest: Told = { ...told, placeName: "虹".repeat(40), mode: "forecast", permit: "許".repeat(200) };
    for (const language of ["en", "ja"] as const)
      expect(Buffer.byteLength(JSON.stringify(textOf(longest, language)))).toBeLessThan(3000);
  });
});
