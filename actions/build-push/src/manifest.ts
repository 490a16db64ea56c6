// What a manifest says, as registries serve it: of one image, or an index of several.

interface Blob {
  digest: string;
  /** Bytes. */
  size: number;
}

export interface ManifestContent {
  config?: Blob;
  layers?: Blob[];
  manifests?: { digest: string; platform?: { os?: string; architecture?: string; variant?: string } }[];
}

export const contentOf = ({ text }: { text: string }): ManifestContent => JSON.parse(text) as ManifestContent;

/** In an index, attestations are entries next to the images, with the platform "unknown". */
export const imagesIn = ({ manifests = [] }: ManifestContent): NonNullable<ManifestContent["manifests"]> =>
  manifests.filter(({ platform }) => platform?.os !== "unknown");
