/** The outputs of build-push, one per property. */
export interface BuildResult {
  /** repository@sha256:… */
  image: string;
  digest: string;
  /** The content tag and every requested tag, one per line. */
  tags: string;
  /** The commit that first built this content. */
  version: string;
  skipped: boolean;
  /** Compressed bytes of the largest platform. */
  size: number;
  /** JSON: compressed bytes of each platform. */
  sizes: string;
  /** JSON: seconds of each phase. */
  phases: string;
}
