// The signature of an image, stored next to it in the registry.
import type { ECRClient } from "@aws-sdk/client-ecr";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import {
  digestOf,
  isSignedBy,
  signatureConfig,
  signatureMediaType,
  signatureTag,
  signImage,
  type Signed,
} from "../../shared/src/signature.ts";
import type { RegistryRepository } from "./registry-http.ts";
import { findImage, type Repository } from "./repository.ts";

export interface Signing {
  ecr: ECRClient;
  repository: Repository;
  registry: RegistryRepository;
  digest: string;
  /** PEM. */
  privateKey: string;
  log: Log;
}

/** Signs the image, unless this key has signed it already. */
export async function signOnce({ ecr, repository, registry, digest, privateKey, log }: Signing): Promise<void> {
  const image = { reference: repository.reference, digest };
  const tag = signatureTag(digest);
  let signed: Signed;
  try {
    signed = signImage({ ...image, privateKey });
  } catch (cause) {
    throw new ConfigurationError(`signing-key cannot be used: ${messageOf(cause)}`, { cause });
  }
  const existing = await findImage(ecr, repository.name, { imageTag: tag });
  if (existing) {
    if (isSignedBy({ ...image, manifest: existing.text, key: privateKey })) return log(`already signed: ${tag}`);
    throw new ConfigurationError(
      `${repository.name} has a signature ${tag} from another key. Sign with that key, or delete the signature.`,
    );
  }
  for (const text of [signatureConfig, signed.payload])
    await registry.putBlob(digestOf(text), text, Buffer.byteLength(text));
  await registry.putManifest(tag, { text: signed.manifest, mediaType: signatureMediaType });
  log(`signed: ${tag}`);
}
