// What checkov reports, as lines for a terminal.

interface Finding {
  check_id: string;
  check_name: string;
  resource: string;
  file_path: string;
  file_line_range: [first: number, last: number];
}

/** The JSON of `checkov --output json` for one framework. */
export interface Report {
  results: { failed_checks: Finding[] };
  summary: { passed: number; failed: number; parsing_errors: number };
}

/** A line for each finding; a file that checkov cannot parse would have none. */
export function findingsIn({ results, summary }: Report): string[] {
  const failed = results.failed_checks.map(
    ({ check_id, check_name, resource, file_path, file_line_range }) =>
      `${check_id}: ${resource} (${file_path.replace(/^(\/\.\.)+\//, "infra/")}:${file_line_range[0]}): ${check_name}`,
  );
  return summary.parsing_errors > 0 ? [...failed, `${summary.parsing_errors} files could not be parsed`] : failed;
}

/** Places of suppressions that do not say why: checkov takes those, too. */
export function skipsWithoutReason(file: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      /checkov:skip=/.test(line) && !/# ?checkov:skip=CKV2?_[A-Z]+_\d+: \S+ \S+/.test(line)
        ? [`${file}:${index + 1}`]
        : [],
    );
}
