/** The outputs of build-push, one property each. */
export interface BuildResult {
  /** repository@sha256:… */
  image: string;
  digest: string;
  /** Every tag that was asked for, and the one of the content, one a line. */
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
