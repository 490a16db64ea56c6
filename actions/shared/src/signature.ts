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
export const signImage = ({
  reference,
  digest,
  privateKey,
}: {
  reference: string;
  digest: string;
  privateKey: string;
}): Signed => signPayload(payloadOf(reference, digest), privateKey);

/** @param annotations of the layer, besides the signature. @throws Error when the key is none of its kind. */
export function signPayload(payload: string, privateKey: string, annotations: Record<string, string> = {}): Signed {
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
        annotations: { ...annotations, [signatureAnnotation]: signature },
      },
    ],
  });
  return { payload, manifest };
}

/** Identifies the public key of a private one: hash of its SPKI encoding. @throws Error when it is none of its kind. */
export const signerOf = (privateKey: string): string =>
  createHash("sha256")
    .update(p256(createPublicKey(privateKey)).export({ type: "spki", format: "der" }))
    .digest("hex");

/**
 * Whether one of the signatures in the manifest is by this key and for this image. A private key stands for its public
 * one.
 */
export const isSignedBy = ({
  reference,
  digest,
  manifest,
  key,
}: {
  reference: string;
  digest: string;
  manifest: string;
  key: string;
}): boolean => annotationsOfSignature(manifest, key, () => payloadOf(reference, digest)) !== undefined;

/**
 * The annotations of a layer that this key has signed. The payload is not fetched but made from what it must say; a layer
 * with another payload is another statement.
 *
 * @param payloadFor the payload that a layer with these annotations must have
 */
export function annotationsOfSignature(
  manifest: string,
  key: string,
  payloadFor: (annotations: Record<string, string>) => string,
): Record<string, string> | undefined {
  const publicKey = p256(createPublicKey(key));
  return layersOf(manifest).find((annotations) =>
    verify(
      "sha256",
      Buffer.from(payloadFor(annotations)),
      publicKey,
      Buffer.from(annotations[signatureAnnotation] ?? "", "base64"),
    ),
  );
}

/** The annotations of each layer. Whoever may push decides what a manifest is: an unreadable one has no layers. */
function layersOf(manifest: string): Record<string, string>[] {
  let content: unknown;
  try {
    content = JSON.parse(manifest);
  } catch {
    return [];
  }
  const { layers } = (content ?? {}) as { layers?: unknown };
  return (Array.isArray(layers) ? (layers as unknown[]) : []).map((layer) => {
    const { annotations } = (layer ?? {}) as { annotations?: unknown };
    const entries = typeof annotations === "object" && annotations !== null ? Object.entries(annotations) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  });
}

function p256(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new Error(
    `the key is ${key.asymmetricKeyType} ${key.asymmetricKeyDetails?.namedCurve ?? ""}, and must be ECDSA P-256`,
  );
}
