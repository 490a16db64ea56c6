// ONBUILD instructions of base images: they run in the builds that use these, and can copy anything from the context.
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { splitReference, type Base } from "./bases.ts";
import { normalPlatform } from "./dockerfile/platform.ts";
import { contentOf, imagesIn, type ManifestContent } from "./manifest.ts";
import { RegistryRepository, type CredentialsOf, type Manifest } from "./registry-http.ts";

/** Triggers of an image in its registry, on any of the platforms. */
export type TriggerLookup = (base: Base, platforms: ReadonlySet<string>) => Promise<string[]>;

/** @throws FailedError if the registry does not serve the configuration */
export async function triggersInRegistry(
  { reference, digest }: Base,
  platforms: ReadonlySet<string>,
  credentialsOf: CredentialsOf,
): Promise<string[]> {
  const { host, name } = splitReference(reference);
  const repository = new RegistryRepository({ host, name, credentialsOf });
  try {
    const manifest = await repository.manifest(digest);
    const found = await Promise.all(
      childrenOf(contentOf(manifest), platforms).map(async (child) =>
        triggersOfManifest(repository, child === undefined ? manifest : await repository.manifest(child)),
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
function childrenOf(manifest: ManifestContent, platforms: ReadonlySet<string>): (string | undefined)[] {
  if (manifest.manifests === undefined) return [undefined];
  const images = imagesIn(manifest);
  const wanted = images.filter(({ platform: { os = "", architecture = "", variant = "" } = {} }) =>
    platforms.has(normalPlatform(`${os}/${architecture}/${variant}`)),
  );
  // The builder may take one for a similar platform: then all of them are looked at.
  return (wanted.length < platforms.size ? images : wanted).map(({ digest }) => digest);
}

async function triggersOfManifest(repository: RegistryRepository, manifest: Manifest): Promise<string[]> {
  const { config } = contentOf(manifest);
  // Without one, of the first format of manifests, it is not known.
  if (config === undefined) throw new Error("the manifest refers to no configuration");
  const image = JSON.parse(await repository.blob(config.digest)) as { config?: { OnBuild?: string[] | null } | null };
  return image.config?.OnBuild ?? [];
}
