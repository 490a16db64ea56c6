/** An error that the user can fix: what is wrong, and what to do about it. */
export class Problem extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "Problem";
    this.remedy = remedy;
  }
}
