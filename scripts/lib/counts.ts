/** Results of a check. */
export interface Counts {
  passed: number;
  failed: number;
}
