// What the page is made of: text that stays text, plain words for a probability, and a picture of any sky.
import fc from "fast-check";
import { parseFragment, type DefaultTreeAdapterTypes } from "parse5";
import { describe, expect, it } from "vitest";
import { answerOf } from "../src/features/page/answer.ts";
import { fistsFor, minutesBetween, percent, shortDayAndTime, times } from "../src/features/page/figures.ts";
import { narrowAspect } from "../src/features/page/labels.ts";
import { markup, webAddress } from "../src/features/page/markup.ts";
import { skyPicture } from "../src/features/page/picture.ts";
import { en } from "../src/features/page/words.en.ts";
import { ja } from "../src/features/page/words.ja.ts";
import type { Sky } from "../src/features/predictions/ml.ts";

type Element = DefaultTreeAdapterTypes.Element;

describe("markup", () => {
  /** HTML itself has no character 0, and one kind of line end. */
  const text = fc
    .oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."<>&\"'=/ abc;#x3") }))
    .filter((text) => !/[\0\r]/.test(text));

  it("keeps whatever is put into it as text, in elements and in attributes", () => {
    fc.assert(
      fc.property(text, text, (title, content) => {
        const { source } = markup`<p title="${title}"><b>${content}</b></p>`;
        const { childNodes } = parseFragment(source);
        const paragraph = childNodes[0] as Element;
        const bold = paragraph.childNodes[0] as Element;
        expect([childNodes.length, paragraph.childNodes.length]).toEqual([1, 1]);
        expect(paragraph.attrs).toEqual([{ name: "title", value: title }]);
        expect(bold.childNodes.map((node) => (node as DefaultTreeAdapterTypes.TextNode).value).join("")).toBe(content);
      }),
    );
  });

  it("puts markup into markup, lists one after the other, and nothing where there is nothing", () => {
    const items = ["a", "<"].map((item) => markup`<li>${item}</li>`);
    expect(markup`${items}${undefined}${null}${false}${0}`.source).toBe("<li>a</li><li>&lt;</li>0");
  });

  it.each([
    ["https://example.com/a?b=c", "https://example.com/a?b=c"],
    ["javascript:alert(1)", undefined],
    ["JaVaScRiPt:alert(1)", undefined],
    ["data:text/html,<script>", undefined],
    ["//example.com", undefined],
    ["", undefined],
  ])("takes %j as the address %j", (address, expected) => expect(webAddress(address)).toBe(expected));
});

/** Tenths of a degree. */
const tenths = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map((value) => value / 10);
const sun = fc.record({ elevation: tenths(-90, 90), azimuth: tenths(0, 359) });
const skyOf = ({ elevation, azimuth }: { elevation: number; azimuth: number }): Sky => {
  const gate = elevation <= 0 ? "night" : elevation > 42 ? "sun-too-high" : "open";
  const look = gate === "open" ? { azimuth: (azimuth + 180) % 360, top_elevation: 42 - elevation } : null;
  return { sun: { elevation, azimuth }, gate, look, windows: [], path: [], usual_rate: 0.02 };
};
const open = skyOf({ elevation: 12, azimuth: 229 });
const weather = {} as Exclude<Parameters<typeof answerOf>[0]["weather"], string>;

describe("the answer", () => {
  it.each([
    [0, 0],
    [0.0099, 0],
    [0.01, 1],
    [0.0499, 1],
    [0.05, 2],
    [0.2, 3],
    [0.5, 4],
    [1, 4],
  ])("calls %d in words of band %d", (probability, band) => {
    const { verdict } = answerOf({ sky: open, prediction: { probability, gate: "open" }, weather }, en);
    expect(verdict).toBe(en.verdicts.chance[band]);
  });

  it.each([
    [0, "far below the usual 2.0 %"],
    [0.01, "below the usual 2.0 %"],
    [0.02, "about the usual 2.0 %"],
    [0.05, "2.5 times the usual 2.0 %"],
    [0.9, "45 times the usual 2.0 %"],
  ])("says what %d is to the usual", (probability, comparison) => {
    const said = answerOf({ sky: open, prediction: { probability, gate: "open" }, weather }, en);
    expect(said.comparison).toBe(comparison);
  });

  it("says no where the sun allows none, whatever the weather before was", () => {
    for (const [elevation, gate] of [
      [-1, "night"],
      [43, "sun-too-high"],
    ] as const) {
      const prediction = { probability: 0.9, gate: "open" as const };
      const answer = answerOf({ sky: skyOf({ elevation, azimuth: 1 }), prediction, weather }, ja);
      expect([answer.verdict, answer.probability]).toEqual([ja.verdicts.shut[gate], 0]);
    }
  });

  it("says that it does not know, of weather of before sunrise, and without weather or sky", () => {
    const ofNight = answerOf({ sky: open, prediction: { probability: 0, gate: "night" }, weather }, en);
    const without = answerOf({ sky: open, prediction: undefined, weather: "weather-unavailable" }, en);
    const noSky = answerOf({ sky: undefined, prediction: undefined, weather }, en);
    expect([ofNight, without, noSky].map(({ probability }) => probability)).toEqual([undefined, undefined, undefined]);
    expect([ofNight, without, noSky].map(({ verdict }) => verdict)).toEqual([
      en.verdicts.unknown,
      en.verdicts.noWeather,
      en.verdicts.unknown,
    ]);
  });

  it("says everything in both languages", () => {
    const shape = (words: object): unknown =>
      Object.fromEntries(
        Object.entries(words).map(([name, value]) => [name, typeof value === "object" ? shape(value) : typeof value]),
      );
    expect(shape(ja)).toEqual(shape(en));
  });
});

describe("figures", () => {
  it.each([
    [0, "0 %"],
    [0.000_1, "0.0 %"],
    [0.018_76, "1.9 %"],
    [0.0996, "10 %"],
    [0.925, "93 %"],
  ])("write %d as %s", (probability, written) => expect(percent(probability)).toBe(written));

  it("write times, fists, minutes and days as people say them", () => {
    expect([times(2.54), times(12.6)]).toEqual(["2.5", "13"]);
    expect([fistsFor(2), fistsFor(27), fistsFor(42)]).toEqual([0, 2.5, 4]);
    const [at, later] = [new Date("2026-11-24T15:10:00Z"), new Date("2026-11-24T15:14:20Z")];
    expect([minutesBetween(at, later), minutesBetween(later, at)]).toEqual([4, 0]);
    expect([shortDayAndTime(at, "en"), shortDayAndTime(at, "ja")]).toEqual(["25 Nov 00:10", "11月25日 00:10"]);
  });
});

describe("the picture", () => {
  const picture = (sky: Sky, latitude = 36.11) =>
    skyPicture({
      sky,
      values: { rain_mm: 1, cloud_octas: 5 },
      probability: 0.1,
      latitude,
      description: "<>",
      words: en,
      time: (at) => at.slice(11, 16),
    }).source;
  const numbersOf = (text: string) => text.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];

  it("has the whole bow and its arrow in the part that a narrow screen shows, wherever the sun stands", () => {
    fc.assert(
      fc.property(fc.record({ elevation: tenths(1, 41), azimuth: tenths(0, 359) }), (sun) => {
        const source = picture(skyOf(sun));
        const [, , width, height] = numbersOf(/viewBox="([^"]+)"/.exec(source)?.[1] ?? "") as [0, 0, number, number];
        const isLeft = source.includes("xMinYMax");
        const [from, to] = isLeft ? [0, height * narrowAspect] : [width - height * narrowAspect, width];
        const bows = [...source.matchAll(/class="bow" d="([^"]+)"/g)].map(([, path = ""]) => numbersOf(path));
        expect(bows.length).toBeGreaterThan(0);
        for (const path of bows)
          for (const x of path.filter((_, index) => index % 2 === 0)) {
            expect(x).toBeGreaterThanOrEqual(from);
            expect(x).toBeLessThanOrEqual(to);
          }
        expect(source).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });

  it("is a picture at any height of the sun, on either half of the earth, without numbers that are none", () => {
    fc.assert(
      fc.property(sun, fc.constantFrom(-45, 0, 36, 89), (sun, latitude) => {
        const sky = skyOf(sun);
        const source = picture(sky, latitude);
        expect(source).not.toMatch(/NaN|Infinity|undefined/);
        expect(source.includes('class="sun"')).toBe(sun.elevation > 0);
        expect(source.includes('class="look"')).toBe(sky.look !== null);
        expect(source).toContain('<desc id="sky-description">&lt;&gt;</desc>');
      }),
    );
  });
});
