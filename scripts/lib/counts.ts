/** What a check has seen. */
export interface Counts {
  passed: number;
  failed: number;
}
