/** How a deployment or rollback ended. */
export type Outcome = "succeeded" | "failed" | "rolled-back" | "superseded" | "timed-out" | "cancelled" | "unchanged";

/** Exit codes of the command line; 2 is wrong usage or configuration. */
const exitCodes: Record<Outcome, number> = {
  succeeded: 0,
  unchanged: 0,
  failed: 1,
  superseded: 1,
  "rolled-back": 3,
  "timed-out": 4,
  cancelled: 130,
};

export const exitCodeOf = (outcome: Outcome): number => exitCodes[outcome];
