// ONBUILD instructions of base images: they run in the builds that use these, and can copy anything from the context.
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { splitReference, type Base } from "./bases.ts";
import { normalPlatform } from "./dockerfile/platform.ts";
import { RegistryRepository, type CredentialsOf } from "./registry-http.ts";

/** Triggers of an image in its registry, on any of the platforms. */
export type TriggerLookup = (base: Base, platforms: ReadonlySet<string>) => Promise<string[]>;

interface ManifestContent {
  config?: { digest: string };
  manifests?: { digest: string; platform?: { os?: string; architecture?: string; variant?: string } }[];
}

/** @throws FailedError if the registry does not serve the configuration */
export async function triggersInRegistry(
  { reference, digest }: Base,
  platforms: ReadonlySet<string>,
  credentialsOf: CredentialsOf,
): Promise<string[]> {
  const { host, name } = splitReference(reference);
  const repository = new RegistryRepository({ host, name, credentialsOf });
  try {
    const { text } = await repository.manifest(digest);
    const found = await Promise.all(
      childrenOf(JSON.parse(text) as ManifestContent, platforms).map(async (child) =>
        triggersOfManifest(repository, child === undefined ? text : (await repository.manifest(child)).text),
      ),
    );
    return [...new Set(found.flat())];
  } catch (error) {
    throw new FailedError(`${reference}: its ONBUILD instructions cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Digests of the manifests for the platforms, in an index; undefined: the manifest itself. */
function childrenOf({ manifests }: ManifestContent, platforms: ReadonlySet<string>): (string | undefined)[] {
  if (manifests === undefined) return [undefined];
  // In an index, attestations are entries next to the images, with the platform "unknown".
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  const wanted = images.filter(({ platform: { os = "", architecture = "", variant = "" } = {} }) =>
    platforms.has(normalPlatform(`${os}/${architecture}/${variant}`)),
  );
  // The builder may take one for a similar platform: then all of them are looked at.
  return (wanted.length < platforms.size ? images : wanted).map(({ digest }) => digest);
}

async function triggersOfManifest(repository: RegistryRepository, manifest: string): Promise<string[]> {
  const { config } = JSON.parse(manifest) as ManifestContent;
  // Without one, of the first format of manifests, it is not known.
  if (config === undefined) throw new Error("the manifest refers to no configuration");
  const image = JSON.parse(await repository.blob(config.digest)) as { config?: { OnBuild?: string[] | null } | null };
  return image.config?.OnBuild ?? [];
}
