// A statement, signed right after the push, that the holder of the signing key has built this image from this content.
// Whoever may push can put any image under a content tag; without the key, nobody can make the statement about it.
// The signature that cosign and deploy look for comes later, when the image has passed size and scan, and is about the
// image alone: it would also be valid for an old image under the tag of new content.
import { annotationsOfSignature, signPayload, type Signed } from "../../shared/src/signature.ts";

export interface BuiltImage {
  /** Host and name of the repository. */
  reference: string;
  digest: string;
  contentTag: string;
}

/** "sha256:abc" → "sha256-abc.build" */
export const recordTag = (digest: string): string => `${digest.replace(":", "-")}.build`;

const versionAnnotation = "io.github.rainbow-seeker.version";

const payloadOf = ({ reference, digest, contentTag }: BuiltImage, version: string): string =>
  JSON.stringify({
    critical: {
      identity: { "docker-reference": reference },
      image: { "docker-manifest-digest": digest },
      // Another type than that of an image's signature, so that none can be used in place of the other.
      type: "rainbow-seeker build record",
    },
    optional: { content: contentTag, version },
  });

export const signRecord = (image: BuiltImage, version: string, privateKey: string): Signed =>
  signPayload(payloadOf(image, version), privateKey, { [versionAnnotation]: version });

/** The version that the record states; undefined: no record in this manifest is about this image and by this key. */
export const versionInRecord = (manifest: string, image: BuiltImage, key: string): string | undefined =>
  annotationsOfSignature(manifest, key, (annotations) => payloadOf(image, annotations[versionAnnotation] ?? ""))?.[
    versionAnnotation
  ];
