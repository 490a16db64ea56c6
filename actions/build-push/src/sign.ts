// What is signed about an image, stored next to it in the registry: that we have built it, and that it passed.
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import {
  digestOf,
  isSignedBy,
  signatureConfig,
  signatureMediaType,
  signatureTag,
  signerOf,
  signImage,
  type Signed,
} from "../../shared/src/signature.ts";
import { recordTag, signRecord, versionInRecord, type BuiltImage } from "./build-record.ts";
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

/** Identifies who signs. @throws ConfigurationError before anything is built, if the key cannot be used. */
export function signerOfInput(privateKey: string): string {
  try {
    return signerOf(privateKey);
  } catch (cause) {
    throw new ConfigurationError(`signing-key cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/** Signs the image, unless this key has signed it already. */
export async function signOnce(signing: Signing): Promise<void> {
  const { ecr, repository, digest, privateKey, log } = signing;
  const image = { reference: repository.reference, digest };
  const tag = signatureTag(digest);
  const existing = await findImage(ecr, repository.name, { imageTag: tag });
  if (existing) {
    if (isSignedBy({ ...image, manifest: existing.text, key: privateKey })) return log(`already signed: ${tag}`);
    throw new ConfigurationError(
      `${repository.name} has a signature ${tag} from another key. Sign with that key, or delete the signature.`,
    );
  }
  await store(signing.registry, tag, signImage({ ...image, privateKey }));
  log(`signed: ${tag}`);
}

/** States that this run has built the image from this content. */
export async function recordBuild(
  { ecr, repository, registry, digest, privateKey }: Signing,
  { contentTag, version }: { contentTag: string; version: string },
): Promise<void> {
  const image = { reference: repository.reference, digest, contentTag };
  // A build that gives the same image once more has its record.
  if ((await recordedVersion({ ecr, repository }, image, privateKey)) !== undefined) return;
  await store(registry, recordTag(digest), signRecord(image, version, privateKey));
}

/** Milliseconds: another run may have pushed the image a moment ago, and is about to write its record. */
const recordAppearsWithin = [0, 5000, 15_000];

/** The version of an image that the holder of the key has built before; undefined: nobody says so who has the key. */
export async function waitForRecord(
  { clock, ...place }: { ecr: ECRClient; repository: Repository; clock: Clock },
  image: BuiltImage,
  privateKey: string,
): Promise<string | undefined> {
  for (const delay of recordAppearsWithin) {
    if (delay > 0) await clock.sleep(delay);
    const version = await recordedVersion(place, image, privateKey);
    if (version !== undefined) return version;
  }
  return undefined;
}

async function recordedVersion(
  { ecr, repository }: { ecr: ECRClient; repository: Repository },
  image: BuiltImage,
  privateKey: string,
): Promise<string | undefined> {
  const record = await findImage(ecr, repository.name, { imageTag: recordTag(image.digest) });
  return record && versionInRecord(record.text, image, privateKey);
}

async function store(registry: RegistryRepository, tag: string, { payload, manifest }: Signed): Promise<void> {
  for (const text of [signatureConfig, payload]) await registry.putBlob(digestOf(text), text, Buffer.byteLength(text));
  await registry.putManifest(tag, { text: manifest, mediaType: signatureMediaType });
}
