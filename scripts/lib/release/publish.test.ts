import { describe, expect, it } from "vitest";
import { ReleaseApi } from "./github.ts";
import { publish } from "./publish.ts";
import { sha256 } from "./read-files.ts";
import { padded, ScriptedReleases } from "./scripted-releases.ts";

const commit = padded("c0ffee");
const asset = (name: string, text: string) => {
  const content = new Uint8Array(Buffer.from(text));
  return { name, content, sha256: sha256(content) };
};
const files = {
  notes: "### deploy\n\n- something (c0ffee)",
  assets: [asset("dist.sha256", "a"), asset("sbom.cdx.json", "{}")],
};

function repository(tags: Record<string, string>): ScriptedReleases {
  const github = new ScriptedReleases();
  for (const [tag, at] of Object.entries(tags)) github.tags.set(tag, padded(at));
  return github;
}

async function run(github: ScriptedReleases, tag = "v1.2.0", at = commit): Promise<string[]> {
  const log: string[] = [];
  const settings = { apiUrl: "https://api.github.com", repository: "owner/name", token: "secret", send: github.send };
  await publish({ tag, commit: at }, files, new ReleaseApi(settings), (text) => log.push(text)).finally(() =>
    expect(github.problems).toEqual([]),
  );
  return log;
}

const writes = ({ calls }: ScriptedReleases) => calls.filter((call) => !call.startsWith("GET "));

describe("publish", () => {
  it("makes a draft, attaches the files, publishes, and moves the tag of the major version last", async () => {
    const github = repository({ v1: "older", "v1.1.0": "older", "v1.2.0": "c0ffee" });
    const log = await run(github);
    expect(writes(github).map((call) => call.replace("/repos/{owner}/{repo}", ""))).toEqual([
      "POST /releases",
      "POST /releases/{release_id}/assets",
      "POST /releases/{release_id}/assets",
      "PATCH /releases/{release_id}",
      "PATCH /git/refs/{ref}",
    ]);
    expect(github.releases).toMatchObject([{ tag_name: "v1.2.0", draft: false, immutable: true }]);
    expect(github.releases[0]?.assets.map(({ name }) => name)).toEqual(["dist.sha256", "sbom.cdx.json"]);
    expect(github.tags.get("v1")).toBe(commit);
    expect(log.at(-1)).toBe(`v1 is v1.2.0 now, and was ${padded("older")}`);
  });

  it("writes nothing when it runs again", async () => {
    const github = repository({ "v1.2.0": "c0ffee" });
    await run(github);
    const before = writes(github).length;
    expect((await run(github)).at(-1)).toBe("v1 is v1.2.0 already");
    expect(writes(github)).toHaveLength(before);
  });

  // The number of writes of an undisturbed run, each of which fails before or after it has had its effect.
  const steps = [0, 1, 2, 3, 4].flatMap((at) => [
    { at, afterwards: false },
    { at, afterwards: true },
  ]);
  it.each(steps)("goes on after a fault at write $at, effect: $afterwards", async ({ at, afterwards }) => {
    const github = repository({ v1: "older", "v1.2.0": "c0ffee" });
    let written = -1;
    github.fault = (call) => (!call.startsWith("GET ") && (written += 1) === at ? { afterwards } : undefined);
    await expect(run(github)).rejects.toThrow("GitHub did not answer");
    github.fault = () => undefined;
    await run(github);
    expect(github.releases).toHaveLength(1);
    expect(github.releases[0]).toMatchObject({ draft: false, immutable: true });
    expect(github.releases[0]?.assets).toHaveLength(2);
    expect(github.tags.get("v1")).toBe(commit);
  });

  it("uploads once more what broke off", async () => {
    const github = repository({ "v1.2.0": "c0ffee" });
    github.addAsset(github.addRelease({ tag_name: "v1.2.0" }), { name: "sbom.cdx.json", state: "open" });
    await run(github);
    expect(github.releases[0]?.assets.map(({ name, state }) => [name, state])).toEqual([
      ["dist.sha256", "uploaded"],
      ["sbom.cdx.json", "uploaded"],
    ]);
  });

  it.each([
    ["a draft", { draft: true }, /The draft of v1\.2\.0 has other files .*: dist\.sha256/],
    ["a release", { draft: false, immutable: true }, /The release of v1\.2\.0 has other files/],
  ])("never replaces a file of %s", async (_, state, message) => {
    const github = repository({ v1: "older", "v1.2.0": "c0ffee" });
    github.addAsset(github.addRelease({ tag_name: "v1.2.0", ...state }), { name: "dist.sha256", digest: "sha256:00" });
    await expect(run(github)).rejects.toThrow(message);
    expect(github.calls.filter((call) => /^(DELETE|PATCH)/.test(call))).toEqual([]);
    expect(github.tags.get("v1")).toBe(padded("older"));
  });

  it("refuses a draft with a file that nobody here has built", async () => {
    const github = repository({ "v1.2.0": "c0ffee" });
    github.addAsset(github.addRelease({ tag_name: "v1.2.0" }), { name: "rainbow-deploy.exe", digest: "sha256:00" });
    await expect(run(github)).rejects.toThrow(/other files .*: rainbow-deploy\.exe/);
  });

  it.each([
    ["moved", padded("ffffff"), /v1\.2\.0 is f{6}0* in the repository, and c0ffee0* is what was tested/],
    ["gone", undefined, /v1\.2\.0 is gone/],
  ])("publishes nothing when the tag is %s", async (_, at, message) => {
    const github = repository({});
    if (at) github.tags.set("v1.2.0", at);
    await expect(run(github)).rejects.toThrow(message);
    expect(writes(github)).toEqual([]);
  });

  it("follows a tag with a message to its commit", async () => {
    const github = repository({});
    github.tags.set("v1.2.0", `tag ${padded("abc")}`);
    github.tagObjects.set(padded("abc"), commit);
    await run(github);
    expect(github.tags.get("v1")).toBe(commit);
  });

  it("leaves the major version where it is if the release is not immutable", async () => {
    const github = repository({ v1: "older", "v1.2.0": "c0ffee" });
    github.isImmutable = false;
    await expect(run(github)).rejects.toThrow("v1.2.0 is not immutable");
    expect(github.tags.get("v1")).toBe(padded("older"));
  });

  it.each([
    ["a fix of an older version", "v1.1.1", { v1: "newer", "v1.2.0": "newer" }, "newer"],
    ["a version that promises nothing", "v0.9.0", {}, undefined],
  ])("moves no tag for %s", async (_, tag, tags, expected) => {
    const github = repository({ ...tags, [tag]: "c0ffee" });
    expect((await run(github, tag)).at(-1)).toBe(`${tag}: no tag of a major version moves`);
    expect(github.tags.get("v1")).toBe(expected && padded(expected));
    expect(github.tags.has("v0")).toBe(false);
  });

  it("says who can move the tag if GitHub does not let a workflow", async () => {
    const github = repository({ v1: "older", "v1.2.0": "c0ffee" });
    github.fault = (call) =>
      call.endsWith("/git/refs/{ref}") && call.startsWith("PATCH") ? { status: 403 } : undefined;
    const error = await run(github).catch((cause: unknown) => cause as Error & { remedy: string });
    expect(error).toMatchObject({
      message: expect.stringMatching(/^v1\.2\.0 is published, and v1 is still older0*: .* 403 /),
      remedy: expect.stringContaining(`git push --force origin ${commit}:refs/tags/v1`),
    });
  });
});
