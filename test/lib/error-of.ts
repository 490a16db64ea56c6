// What a piece of work ends with, as a value that a test can look at.

/** The error of the work, also one that it throws before its first await; undefined: it succeeded. */
export const errorOf = (work: () => unknown): Promise<Error | undefined> =>
  Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason: Error) => reason,
    );
