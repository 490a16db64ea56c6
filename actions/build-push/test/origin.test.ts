// Only what the holder of the key has built is taken as built before, and signed. The attacker of these tests may push
// whatever they like, under any tag, and does not have the key.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSignedBy, signatureMediaType, signatureTag, signImage } from "../../shared/src/signature.ts";
import { recordTag, signRecord } from "../src/build-record.ts";
import { buildPush, checkout, container, Docker, registry } from "./fixture.ts";

const newKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const pem = newKey();
const signed = (docker = new Docker()) => buildPush({ "signing-key": pem }, { docker });
const contentTagOf = (tags: string) => tags.split("\n")[0]!;
const reference = () => `${registry.host}/api`;
const forged = (contentTag: string) =>
  registry.push(contentTag, { "org.opencontainers.image.revision": "forged" }, "evil");

/** The content tag of the checkout, before anything of it is in the registry: as an attacker can compute it. */
async function predictedTag(): Promise<string> {
  const { tags } = await signed();
  for (const [digest] of registry.images) registry.images.delete(digest);
  return contentTagOf(tags);
}

const isSigned = (digest: string) => {
  const signature = registry.find(signatureTag(digest));
  return signature !== undefined && isSignedBy({ reference: reference(), digest, manifest: signature.text, key: pem });
};

describe("with a signing key", () => {
  it("what this key has built before is not built again, and its version comes from the record", async () => {
    const first = await signed();
    expect(isSigned(first.digest)).toBe(true);
    const docker = new Docker();
    const second = await signed(docker);
    expect(docker.verbs()).toEqual([]);
    // The scripted docker labels every image with another version: the label does not count.
    expect(second).toMatchObject({ digest: first.digest, version: first.version, skipped: true });
    expect(first.version).toBe(checkout.git("rev-parse", "HEAD"));
  });

  it.each(["docker", "a separate builder"])(
    "an image that somebody pushed is built again and pushed over: %s",
    async (by) => {
      registry.immutable = false;
      const tag = await predictedTag();
      const evil = forged(tag);
      const docker = new Docker();
      if (by !== "docker") docker.buildx = container;
      const built = await signed(docker);
      expect(docker.verbs()).toContain(by === "docker" ? "push" : "buildx build");
      expect(built).toMatchObject({ skipped: false, version: checkout.git("rev-parse", "HEAD") });
      expect(built.digest).not.toBe(evil);
      expect(registry.find(tag)?.digest).toBe(built.digest);
      expect([isSigned(evil), isSigned(built.digest)]).toEqual([false, true]);
      expect(built.log.join("\n")).toContain(`${tag} (${evil}) has no build record by signing-key`);
    },
  );

  it("an image under an immutable tag is refused, with what to do, and nothing is built or signed", async () => {
    const tag = await predictedTag();
    const evil = forged(tag);
    const docker = new Docker();
    const failure = signed(docker);
    await expect(failure).rejects.toMatchObject({ name: "ConfigurationError" });
    await expect(failure).rejects.toThrow(
      new RegExp(`no build record by signing-key.*find out where ${evil} comes from[^]*--image-ids imageTag=${tag}$`),
    );
    expect(docker.verbs()).toEqual([]);
    expect([...registry.images.keys()]).toEqual([evil]);
  });

  it("nothing that an attacker can copy, forge or break makes a record", async () => {
    const old = await signed();
    const oldRecord = registry.find(recordTag(old.digest))!.text;
    const oldSignature = registry.find(signatureTag(old.digest))!.text;
    checkout.write("api/main.js", "new\n");
    const tag = await predictedTag();
    const image = (digest: string) => ({ reference: reference(), digest, contentTag: tag });
    const records: ((digest: string) => string)[] = [
      () => oldRecord,
      () => oldSignature,
      (digest) => signRecord(image(digest), "forged", newKey()).manifest,
      (digest) => signImage({ ...image(digest), privateKey: newKey() }).manifest,
      () => "{",
      () => "null",
      () => '{"layers":{}}',
      () => '{"layers":[null,{"annotations":null},{"annotations":{"dev.cosignproject.cosign/signature":7}}]}',
    ];
    for (const record of records) {
      const evil = forged(tag);
      registry.put(record(evil), signatureMediaType, recordTag(evil));
      await expect(signed()).rejects.toThrow("no build record by signing-key");
      expect(isSigned(evil)).toBe(false);
    }
  });

  it("an old image of ours is not taken for new content", async () => {
    const old = await signed();
    const [manifest, record] = [registry.find(old.digest)!, registry.find(recordTag(old.digest))!];
    checkout.write("api/main.js", "the vulnerability is fixed\n");
    const tag = await predictedTag();
    registry.put(record.text, record.mediaType, recordTag(old.digest));
    registry.put(manifest.text, manifest.mediaType, tag);
    await expect(signed()).rejects.toThrow(`find out where ${old.digest} comes from`);
  });

  it("a record whose version was changed is none", async () => {
    const { digest, version } = await signed();
    const record = registry.find(recordTag(digest))!;
    registry.immutable = false;
    registry.put(record.text.replace(version, "0".repeat(40)), record.mediaType, recordTag(digest));
    expect(await signed()).toMatchObject({ skipped: false, version });
  });

  it("the image that was pushed is signed, although the tag was moved right after the push", async () => {
    registry.immutable = false;
    const docker = new Docker();
    const { run } = docker;
    let evil = "";
    docker.run = async (command, options) => {
      const result = await run(command, options);
      if (command[1] === "push") evil = forged(/content-\w+/.exec(command[2]!)![0]);
      return result;
    };
    const built = await signed(docker);
    expect(evil).not.toBe("");
    expect(built.digest).not.toBe(evil);
    expect([isSigned(evil), isSigned(built.digest)]).toEqual([false, true]);
  });

  it("nothing is signed if docker does not say what it pushed", async () => {
    const docker = new Docker();
    const { run } = docker;
    docker.run = async (command, options) => ({ ...(await run(command, options)), stdout: "" });
    await expect(signed(docker)).rejects.toThrow("did not report the digest");
    expect(
      [...registry.images.values()].flatMap(({ tags }) => [...tags]).filter((tag) => /\.(sig|build)$/.test(tag)),
    ).toEqual([]);
  });

  it("an image that failed a check has its record, and is signed when it passes, without a build", async () => {
    const inputs = { "signing-key": pem, "max-size": "0.001" };
    const large = Object.assign(new Docker(), { labels: { long: "x".repeat(2000) } });
    await expect(buildPush(inputs, { docker: large })).rejects.toThrow("max-size allows");
    const [digest] = registry.images.keys();
    expect(isSigned(digest!)).toBe(false);
    const docker = new Docker();
    expect(await signed(docker)).toMatchObject({ digest, skipped: true });
    expect(docker.verbs()).toEqual([]);
    expect(isSigned(digest!)).toBe(true);
  });

  it("the image of a run at the same time is used as soon as its record is there, and not without", async () => {
    const tag = await predictedTag();
    const push = (withRecord: boolean) => {
      const docker = new Docker();
      docker.failures = { push: [{ code: 1, stderr: "tag invalid: the image tag already exists and is immutable" }] };
      const { run } = docker;
      docker.run = async (command, options) => {
        if (command[1] === "push") {
          const digest = registry.push(tag, {}, "other run");
          const image = { reference: reference(), digest, contentTag: tag };
          if (withRecord)
            registry.put(signRecord(image, "other-version", pem).manifest, signatureMediaType, recordTag(digest));
        }
        return run(command, options);
      };
      return docker;
    };
    await expect(signed(push(false))).rejects.toThrow("no build record by signing-key");
    for (const [digest] of registry.images) registry.images.delete(digest);
    expect(await signed(push(true))).toMatchObject({ skipped: true, version: "other-version" });
  });

  it("no layers are taken from the repository's cache, which whoever may push may change, unless asked for", async () => {
    registry.immutable = false;
    const builds: string[] = [];
    for (const inputs of [{}, { "signing-key": pem }, { "signing-key": pem, "cache-from": "type=gha" }]) {
      const docker = new Docker();
      docker.buildx = container;
      checkout.write("api/main.js", `${builds.length}\n`);
      await buildPush(inputs, { docker });
      builds.push(docker.build.join(" "));
    }
    expect(builds.map((build) => build.includes(":buildcache"))).toEqual([true, false, false]);
    expect(builds[2]).toContain("--cache-from type=gha");
  });

  it("the key is part of the content: a new one, or the first, builds everything once more", async () => {
    const tags = [
      contentTagOf((await buildPush()).tags),
      contentTagOf((await signed()).tags),
      contentTagOf((await buildPush({ "signing-key": newKey() })).tags),
    ];
    expect(new Set(tags).size).toBe(3);
  });
});

describe("without a signing key", () => {
  it.each(["a b", "$(id)", "x\n::error::mine", "-x", "", "x".repeat(200)])(
    "a label that is no version is refused: %j",
    async (revision) => {
      const docker = new Docker();
      docker.labels = { "org.opencontainers.image.revision": revision };
      await buildPush({}, { docker });
      await expect(buildPush()).rejects.toThrow(/so it was not pushed by this action/);
    },
  );
});
