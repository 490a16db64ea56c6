// What pg_restore --verbose says about entries that it could not restore while it went on.
import { BackupError } from "../errors.ts";
import { codeOf } from "../postgres/connection.ts";

export interface Failure {
  /** Number of the entry in the archive. */
  entry: number;
  /** Kind, name and owner: "INDEX people_name app". */
  description: string;
  /** "function unaccent(text) does not exist" */
  message: string;
  /** The lines after it: CONTEXT, QUERY and HINT, without the rows of the user. */
  details: string[];
  /** The statement that failed; undefined for data. */
  command: string | undefined;
}

/** What the server says of other servers, for example behind a foreign table. */
const ofOtherServers = /ERROR: +could not (connect to server|establish connection)/;
/** Of the lines below an error, those that show rows. */
const rowsOfUsers = /^(DETAIL: |COPY |CONTEXT: +COPY )/;
/** Lines to keep of one failure: the statement may be a function of thousands. */
const longestFailure = 60;

/**
 * Takes standard error line by line. Of each failure pg_restore writes the entry, the error with the lines of
 * the server, and the statement.
 */
export class FailureReader {
  readonly failures: Failure[] = [];
  /** pg_restore went to the end of the archive, whatever failed. */
  isComplete = false;
  /** The message of a failure that has nothing to do with the backup. */
  fatal: string | undefined;
  private entry: { id: number; description: string } | undefined;
  private current: { lines: string[] } | undefined;

  /** After the last line. */
  end(): void {
    this.finish();
  }

  add(line: string): void {
    const [, kind, rest = ""] =
      /^pg_restore: (?:(from TOC entry|error:|warning: errors ignored on restore:) ?)?(.*)$/.exec(line) ?? [];
    if (kind === undefined && !line.startsWith("pg_restore: ")) {
      if (this.current && this.current.lines.length < longestFailure) this.current.lines.push(line);
      return;
    }
    this.finish();
    if (kind === "from TOC entry") {
      const [, id, description = ""] = /^(\d+); \d+ \d+ (.*)$/.exec(rest) ?? [];
      if (id !== undefined) this.entry = { id: Number(id), description };
    } else if (kind === "error:") this.current = { lines: [rest] };
    else if (kind !== undefined) this.isComplete = true;
  }

  private finish(): void {
    const { current, entry } = this;
    this.current = undefined;
    if (!current) return;
    const failure = toFailure(current.lines, entry);
    // What fails from here on says nothing about the backup. Without its connection, pg_restore ends by itself.
    if (codeOf(failure.message, "RESTORE_FAILED") === "DISK_FULL") this.fatal ??= failure.message;
    if (entry) this.failures.push(failure);
  }
}

function toFailure(lines: string[], entry: { id: number; description: string } | undefined): Failure {
  const from = lines.findIndex((line) => line.startsWith("Command was: "));
  const said = from < 0 ? lines : lines.slice(0, from);
  const command = from < 0 ? undefined : lines.slice(from).join("\n").replace("Command was: ", "").trim();
  const [first = "", ...details] = said;
  return {
    entry: entry?.id ?? 0,
    description: entry?.description ?? "",
    message: first.replace(/^.*?(ERROR|FATAL): +/, ""),
    details: details.filter((line) => line !== "" && !rowsOfUsers.test(line)),
    command,
  };
}

/** The first error that a program reports: what comes after it can be much, and is about this one. */
export class FirstError {
  private first: string | undefined;

  add(line: string): void {
    if (/\b(ERROR|FATAL|error):/.test(line)) this.first ??= line.trim();
  }

  /** The error of the program, which begins with this line and has no rows of the user. */
  describe(error: unknown): unknown {
    if (!(error instanceof BackupError)) return error;
    const isOfOthers = error.code === "CONNECT_FAILED" && this.first !== undefined && ofOtherServers.test(this.first);
    if (error.code !== "RESTORE_FAILED" && !isOfOthers) return error;
    const [ended = "", ...lines] = error.what.split("\n");
    const { first } = this;
    if (first === undefined) return error;
    const others = lines.filter((line) => !rowsOfUsers.test(line.trim()) && line.trim() !== first);
    const { next, cause } = error;
    return new BackupError("RESTORE_FAILED", [first, `  ${ended}`, ...others].join("\n"), {
      next: isOfOthers ? undefined : next,
      cause,
    });
  }
}

/** Who owns or may use an object: the object itself is there. */
export const isAboutOwners = ({ command }: Failure): boolean =>
  command !== undefined &&
  /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|SET SESSION AUTHORIZATION)\b|^ALTER [^;]* OWNER TO [^;]+;?$/.test(command);
