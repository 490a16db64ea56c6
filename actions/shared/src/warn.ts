import type { Annotate, Log } from "./report.ts";

/** An annotation of the run or, where there is none, a line of the log. */
export function warn(
  { annotate, log }: { annotate?: Annotate | undefined; log: Log },
  title: string,
  text: string,
): void {
  if (annotate) annotate("warning", title, text);
  else log(text);
}
