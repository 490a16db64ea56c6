// Everything that this service can refuse or fail with: one code each, its status, and what it means. The callers are
// services; api puts what people read into their language.

const define = <Code extends string>(problems: Record<Code, { status: number; message: string }>) => problems;

export const problems = define({
  malformed: { status: 400, message: "The body is not valid JSON." },
  "bad-request": { status: 400, message: "The request could not be read." },
  "not-found": { status: 404, message: "There is no such path here; /openapi.json lists those that there are." },
  "method-not-allowed": {
    status: 405,
    message: "This path does not take this method; the header Allow lists those that it takes.",
  },
  "too-large": { status: 413, message: "The body is too large." },
  "unsupported-media-type": { status: 415, message: "Send JSON in UTF-8, as content-type application/json." },
  invalid: { status: 422, message: "Values were not accepted; `details` names each field." },
  internal: { status: 500, message: "Something went wrong here; the request id leads to it in the log." },
});
export type ProblemCode = keyof typeof problems;

export class Problem extends Error {
  override name = "Problem";
  readonly code: ProblemCode;

  constructor(code: ProblemCode, options?: ErrorOptions) {
    super(problems[code].message, options);
    this.code = code;
  }
}
