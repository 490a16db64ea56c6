// Signatures of images, in cosign's format (its specification, SIGNATURE_SPEC.md: "simple signing"), so that cosign
// verifies ours:
// cosign verify --key PUBLIC.pem --insecure-ignore-tlog=true IMAGE. ECDSA P-256 with SHA-256.
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

export interface Signed {
  /** What was signed; it names repository and digest. */
  payload: string;
  /** Manifest of the signature, which lies beside the image under `signatureTag`. */
  manifest: string;
}

export const signatureMediaType = "application/vnd.oci.image.manifest.v1+json";
const payloadMediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** "sha256:abc" → "sha256-abc.sig" */
export const signatureTag = (digest: string): string => `${digest.replace(":", "-")}.sig`;

export const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The configuration of a signature's manifest; cosign writes one without layers. */
export const signatureConfig = JSON.stringify({
  architecture: "",
  config: {},
  created: "0001-01-01T00:00:00Z",
  history: [{ created: "0001-01-01T00:00:00Z" }],
  os: "",
  rootfs: { diff_ids: [] as string[], type: "layers" },
});

/** @param reference host/repository, without tag. */
const payloadOf = (reference: string, digest: string): string =>
  JSON.stringify({
    critical: {
      identity: { "docker-reference": reference },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });

/** @throws Error when the key is none of its kind. */
export function signImage({
  reference,
  digest,
  privateKey,
}: {
  reference: string;
  digest: string;
  privateKey: string;
}): Signed {
  const payload = payloadOf(reference, digest);
  const signature = sign("sha256", Buffer.from(payload), p256(createPrivateKey(privateKey))).toString("base64");
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: signatureMediaType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      size: Buffer.byteLength(signatureConfig),
      digest: digestOf(signatureConfig),
    },
    layers: [
      {
        mediaType: payloadMediaType,
        size: Buffer.byteLength(payload),
        digest: digestOf(payload),
        annotations: { [signatureAnnotation]: signature },
      },
    ],
  });
  return { payload, manifest };
}

/**
 * Whether one of the signatures in the manifest is by this key and for this image. A private key stands for its public
 * one.
 */
export function isSignedBy({
  reference,
  digest,
  manifest,
  key,
}: {
  reference: string;
  digest: string;
  manifest: string;
  key: string;
}): boolean {
  const { layers = [] } = JSON.parse(manifest) as {
    layers?: { digest: string; annotations?: Record<string, string> }[];
  };
  // The payload is identified by its expected content; a layer with another payload is another statement.
  const payload = payloadOf(reference, digest);
  const publicKey = p256(createPublicKey(key));
  return layers.some(
    (layer) =>
      layer.digest === digestOf(payload) &&
      verify(
        "sha256",
        Buffer.from(payload),
        publicKey,
        Buffer.from(layer.annotations?.[signatureAnnotation] ?? "", "base64"),
      ),
  );
}

function p256(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error(
    `the key is ${key.asymmetricKeyType} ${key.asymmetricKeyDetails?.namedCurve ?? ""}, and must be ECDSA P-256`,
  );
}
