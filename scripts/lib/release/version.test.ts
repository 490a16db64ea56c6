import { describe, expect, it } from "vitest";
import { isNewest, majorTagOf, versionOf } from "./version.ts";

describe("versionOf", () => {
  it.each(["v1.2.3", "v0.1.0", "v10.20.30"])("%s is one", (tag) => expect(versionOf(tag)).toBeDefined());
  it.each(["v1", "v1.2", "1.2.3", "v1.2.3-rc.1", "v01.2.3", "v1.2.3\n", "release"])("%j is none", (tag) =>
    expect(versionOf(tag)).toBeUndefined(),
  );
});

describe("the tag of the major version", () => {
  it.each<[string, string[], string | undefined]>([
    ["v1.0.0", ["v1.0.0"], "v1"],
    ["v1.10.0", ["v1", "v1.2.0", "v1.9.0", "v1.10.0"], "v1"],
    ["v1.9.1", ["v1.10.0", "v1.9.1"], undefined],
    ["v1.9.1", ["v1.9.0", "v1.9.1", "v2.0.0", "v2"], "v1"],
    ["v2.0.0", ["v1.9.0", "v2.0.0"], "v2"],
    ["v10.0.0", ["v1.0.0", "v10.0.0"], "v10"],
    ["v0.2.0", ["v0.1.0", "v0.2.0"], undefined],
  ])("of %s among %j: %s", (tag, tags, expected) => expect(majorTagOf(tag, tags)).toBe(expected));
});

describe("the latest release", () => {
  it("is the one with the newest version, not the one that was published last", () => {
    expect(isNewest("v2.0.0", ["v1.9.1", "v2.0.0", "v1", "v2"])).toBe(true);
    expect(isNewest("v1.9.1", ["v1.9.1", "v2.0.0"])).toBe(false);
  });
});
