// ONBUILD instructions in a registry, as the action looks for them.
import { describe, expect, it } from "vitest";
import { buildPush, checkout, container, Docker, registry } from "./fixture.ts";
import { sha256 } from "./scripted-registry.ts";

/** Base image in the registry. @returns its digest */
function pushBase(tag: string, config: object): string {
  const text = JSON.stringify({ config });
  registry.blobs.set(sha256(text), Buffer.from(text));
  const manifest = { schemaVersion: 2, config: { digest: sha256(text), size: text.length }, layers: [] };
  return registry.put(JSON.stringify(manifest), "application/vnd.oci.image.manifest.v1+json", tag);
}

const useBase = (tag: string) =>
  checkout.write("api/Dockerfile", `FROM ${registry.host}/base:${tag}\nCOPY main.js /\n`);
const build = (inputs: Record<string, string> = {}) =>
  buildPush(inputs, { docker: Object.assign(new Docker(), { buildx: container }) });
const isKnown = async (inputs: Record<string, string> = {}) => (await build(inputs)).skipped;

describe("ONBUILD instructions in a registry", () => {
  it("cost an unchanged image no request; without any, the content is as the Dockerfile says", async () => {
    pushBase("plain", {});
    useBase("plain");
    const { tags } = await build();
    checkout.write("api/notes.txt", "new");
    const before = registry.requests.length;
    expect(await build()).toMatchObject({ tags, skipped: true });
    const lines = registry.requests.slice(before).map(({ line }) => line);
    expect(lines.filter((line) => line.includes("/base/"))).toEqual(["HEAD /v2/base/manifests/plain"]);
  });

  it("make what they copy count, and the output tags has the content tag of that", async () => {
    pushBase("onbuild", { OnBuild: ["COPY notes.txt /"] });
    useBase("onbuild");
    checkout.write("api/notes.txt", "1");
    const { tags } = await build();
    expect(await build()).toMatchObject({ tags, skipped: true });
    checkout.write("api/notes.txt", "2");
    const changed = await build();
    expect(changed.skipped).toBe(false);
    expect(registry.tagsOf(changed.digest)).toContain(changed.tags);
  });

  it("are looked for on each platform of an index", async () => {
    const manifests = [
      { digest: pushBase("a", {}), platform: { os: "linux", architecture: "amd64" } },
      {
        digest: pushBase("b", { OnBuild: ["COPY notes.txt /"] }),
        platform: { os: "linux", architecture: "arm64", variant: "v8" },
      },
      { digest: "sha256:none", platform: { os: "unknown", architecture: "unknown" } },
    ];
    registry.put(JSON.stringify({ manifests }), "application/vnd.oci.image.index.v1+json", "index");
    useBase("index");
    for (const [platforms, isRead] of [
      ["linux/amd64", false],
      ["linux/amd64,linux/arm64", true],
      // The nearest to it may be any.
      ["linux/arm/v5", true],
    ] as const) {
      checkout.write("api/notes.txt", `before ${platforms}`);
      await build({ platforms });
      checkout.write("api/notes.txt", `after ${platforms}`);
      expect(await isKnown({ platforms })).toBe(!isRead);
    }
  });

  it("that cannot be read make everything count, with a word", async () => {
    pushBase("lost", {});
    useBase("lost");
    registry.blobs.clear();
    const { log } = await build();
    expect(log.join("\n")).toMatch(/base:lost: its ONBUILD instructions cannot be read: .* status 404/);
    checkout.write("api/notes.txt", "new");
    expect(await isKnown()).toBe(false);
  });
});
