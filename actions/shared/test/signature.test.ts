import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSignedBy, signatureTag, signImage } from "../src/signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const [privatePem, publicPem] = [
  privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  publicKey.export({ type: "spki", format: "pem" }) as string,
];
const image = { reference: "registry.example.com/api", digest: `sha256:${"a".repeat(64)}` };

/** What cosign 2.4.3 wrote beside an image: `cosign sign --key … --tlog-upload=false`. */
const byCosign = {
  reference: "localhost:7566/signed",
  digest: "sha256:aec6143be81f2dc37cb2d94051c9ab7daf0b04158f265177b29a3130453ce0a3",
  key: "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAED5gCvJzeXzTD+PwKGOFkcAnSHWvh\nUOMGzGC1/X7IIaozuHlfM3ulaFbdtM8cAHy9ajnTGv67f1u332n+XveQbw==\n-----END PUBLIC KEY-----",
  manifest: JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      size: 233,
      digest: "sha256:db83ad1c71d3c81a85b14bd95a0d5c362f75a42667c60d1560ab94bdee01e4a5",
    },
    layers: [
      {
        mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
        size: 237,
        digest: "sha256:774edb1502c82618a692b369daba01e8ab090dd76b5cc67f4f0ed25cb0738d2c",
        annotations: {
          "dev.cosignproject.cosign/signature":
            "MEQCIBhsqLkzm9SKwyewJ88GlI9pa3KGNhLs2h6AX6Wrkzm4AiBU3/nhjRZ+hYlLm3jUzdGpRPn9h0FVRZl3e79LR8mFXw==",
        },
      },
    ],
  }),
};

describe("a signature", () => {
  it("is taken from ours and from cosign's hand", () => {
    expect(
      isSignedBy({ ...image, manifest: signImage({ ...image, privateKey: privatePem }).manifest, key: publicPem }),
    ).toBe(true);
    expect(isSignedBy(byCosign)).toBe(true);
  });

  it("of another key, image or repository is none, nor is one that was changed", () => {
    expect(isSignedBy({ ...byCosign, key: publicPem })).toBe(false);
    expect(isSignedBy({ ...byCosign, digest: image.digest })).toBe(false);
    expect(isSignedBy({ ...byCosign, reference: `${byCosign.reference}-other` })).toBe(false);
    expect(isSignedBy({ ...byCosign, manifest: byCosign.manifest.replace("MEU", "MEY").replace("MEQ", "MEZ") })).toBe(
      false,
    );
    expect(isSignedBy({ ...byCosign, manifest: "{}" })).toBe(false);
  });

  it("is none in a manifest that somebody made up", () => {
    for (const manifest of ["", "{", "null", "[]", '"x"', '{"layers":7}', '{"layers":[null,7,{"annotations":[7]}]}'])
      expect(isSignedBy({ ...byCosign, manifest })).toBe(false);
    fc.assert(
      fc.property(fc.json(), (layers) => {
        expect(isSignedBy({ ...byCosign, manifest: `{"layers":${layers}}` })).toBe(false);
      }),
    );
  });

  it("lies under the image's digest", () => expect(signatureTag("sha256:abc")).toBe("sha256-abc.sig"));

  it("needs ECDSA P-256", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string;
    expect(() => signImage({ ...image, privateKey: other })).toThrow(
      "the key is ec secp384r1, and must be ECDSA P-256",
    );
  });
});
