// What docker sends to the builder: the folder without the files that .dockerignore excludes.
import { readdirSync, type Dirent } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ConfigurationError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import { bytesOf, isValidUtf8, textOf } from "./byte-text.ts";
import { FileDescriber } from "./describe-file.ts";
import { codeOf, isAbsent, reasonOf } from "./file-errors.ts";
import { readIgnoreRules } from "./ignore-file.ts";
import type { BuilderKind, FolderMatches, IgnoreRules } from "./ignore-rules.ts";

export interface Entry {
  /** Relative to the context, separated by "/". */
  path: string;
  /** Kind, mode bits and content; no timestamps, no owners. */
  description: string;
}

export const isLink = ({ description }: Entry): boolean => description.startsWith("link ");

/** Which paths of the context a build can read. Paths are relative to the context, separated by "/". */
export interface PathFilter {
  includes: (path: string) => boolean;
  /** Whether anything below the folder can be included. */
  mayInclude: (folder: string) => boolean;
  /** What of a `.git` at the top counts: its files only if a step names it. */
  readonly git: "no" | "commit" | "files";
}

export interface ReadOptions {
  /** undefined: the build reads the whole context, and no `.git`. */
  filter?: PathFilter | undefined;
  /** Whose rules choose and apply the ignore file. */
  ignoreFile: BuilderKind;
  /** The commit that is checked out: counts instead of the files of `.git` where the filter says so. */
  commit?: () => Promise<string>;
  /** Gets a line if a `.git` is sent but does not count. */
  log?: Log;
}

/**
 * Every file, link and folder that the build can read, sorted by path. Folders count, even empty ones, because COPY
 * creates them.
 *
 * @param dockerfile its path; `<path>.dockerignore` is BuildKit's ignore file
 * @throws ConfigurationError that lists what cannot be read, and for an ignore file that docker refuses
 */
export async function readContext(context: string, dockerfile: string, options: ReadOptions): Promise<Entry[]> {
  const { ignoreFile: builder, log, ...rest } = options;
  const { entries, notice } = await new ContextReader(context, dockerfile, { ...rest, builder }).read();
  if (notice !== undefined) log?.(notice);
  return entries;
}

/** Entries between two pauses, in which other work of this process goes on: about ten milliseconds. */
const entriesBetweenPauses = 128;

/** Folders and files that an error lists by name. */
const maximumProblems = 20;

type Options = Omit<ReadOptions, "ignoreFile" | "log"> & { builder: BuilderKind };

// Calls of the file system are synchronous, because that needs a third of the time: a promise takes longer than
// opening a small file. One file is open at a time.
class ContextReader {
  private readonly context: string;
  private readonly dockerfile: string;
  private readonly options: Options;
  private readonly files: FileDescriber;
  private readonly entries: Entry[] = [];
  private readonly problems: string[] = [];
  private notice: string | undefined;
  private readKnown: IgnoreRules | undefined;
  private sincePause = 0;

  constructor(context: string, dockerfile: string, options: Options) {
    this.context = context;
    this.dockerfile = dockerfile;
    this.options = options;
    this.files = new FileDescriber({ builder: options.builder, pause: () => setImmediate() });
  }

  async read(): Promise<{ entries: Entry[]; notice: string | undefined }> {
    await this.readFolder("", undefined);
    if (this.problems.length > 0) throw unreadableError(this.context, this.problems);
    return { entries: this.entries.toSorted(inOrder), notice: this.notice };
  }

  /** A build that copies nothing from the context never opens the file, however wrong it is. */
  private get rules(): IgnoreRules {
    return (this.readKnown ??= readIgnoreRules(this.context, this.dockerfile, this.options.builder));
  }

  /** @returns whether anything in it is included */
  private async readFolder(folder: string, parent: FolderMatches | undefined, isExcluded = false): Promise<boolean> {
    let hasIncluded = false;
    for (const { name, kind } of this.list(folder, isExcluded)) {
      if (++this.sincePause % entriesBetweenPauses === 0) await setImmediate();
      const path = folder === "" ? name : `${folder}/${name}`;
      const isIncluded =
        path === ".git" && this.git !== "files"
          ? await this.readGit(kind)
          : kind === "folder"
            ? await this.readSubfolder(path, parent)
            : this.isWanted(path) && !this.rules.match(path, parent).isExcluded && (await this.add(path, kind));
      hasIncluded ||= isIncluded;
    }
    return hasIncluded;
  }

  private async readSubfolder(path: string, parent: FolderMatches | undefined): Promise<boolean> {
    const isWanted = this.isWanted(path);
    if (!isWanted && !this.options.filter?.mayInclude(path)) return false;
    const { isExcluded, matches } = this.rules.match(path, parent);
    if (isExcluded && !this.rules.mayHaveExceptions(path)) return false;
    const hasIncluded = await this.readFolder(path, matches, isExcluded);
    // An exception (`!folder/file`) also includes the excluded folders on the path to the file.
    if (isExcluded && !hasIncluded) return false;
    return isWanted ? this.add(path, "folder") : hasIncluded;
  }

  private get git(): PathFilter["git"] {
    const { filter, commit } = this.options;
    const wanted = filter?.git ?? "no";
    return wanted === "commit" && !commit ? "files" : wanted;
  }

  /** Two clones of one commit have different files in .git, and every command of git changes some. */
  private async readGit(kind: Kind): Promise<boolean> {
    const counts = this.git === "commit" && this.options.commit;
    if (!counts && !this.isWanted(".git")) return false;
    const isSent = !this.rules.match(".git", undefined).isExcluded || this.rules.mayHaveExceptions(".git");
    if (!isSent) return false;
    if (counts) this.entries.push({ path: ".git", description: `commit ${await counts()}` });
    else
      this.notice =
        `The ${kind} .git in ${this.context} is sent to the builder, but does not count as content: ` +
        "it differs in each clone of a commit. Add .git to .dockerignore, or name it in the step that needs it.";
    return true;
  }

  private isWanted(path: string): boolean {
    return this.options.filter?.includes(path) ?? true;
  }

  private list(folder: string, isExcluded: boolean): Child[] {
    try {
      return childrenOf(this.locate(folder));
    } catch (error) {
      // Like docker: what cannot be read and would only be searched for exceptions is passed over.
      if (!(isExcluded && codeOf(error) === "EACCES")) this.note(folder === "" ? "." : folder, error);
      return [];
    }
  }

  private async add(path: string, kind: Kind): Promise<boolean> {
    try {
      const described = this.files.describe(this.locate(path), kind === "file");
      const description = typeof described === "object" ? await described : described;
      if (description === undefined) return false;
      this.entries.push(isValidUtf8(path) ? { path, description } : withBytes(path, description));
      return true;
    } catch (error) {
      this.note(path, error);
      return false;
    }
  }

  /** What has been removed in the meantime is no problem. */
  private note(path: string, error: unknown): void {
    if (codeOf(error) === undefined) throw error;
    if (!isAbsent(error)) this.problems.push(`${path}: ${reasonOf(error)}`);
    else if (path === ".") throw new ConfigurationError(`context: ${this.context} is no folder.`, { cause: error });
  }

  private locate(path: string): string | Buffer {
    const location = `${this.context}/${path}`;
    return isValidUtf8(location) ? location : bytesOf(location);
  }
}

/** By path. Names that are no UTF-8 can have the same one. */
function inOrder(a: Entry, b: Entry): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.description < b.description ? -1 : 1;
}

type Kind = "file" | "folder" | "other";

interface Child {
  name: string;
  kind: Kind;
}

function childrenOf(location: string | Buffer): Child[] {
  const children = readdirSync(location, { withFileTypes: true });
  // The mark of a byte that is no UTF-8: only then are names read as bytes, which takes longer.
  if (!children.some(({ name }) => name.includes("\u{FFFD}")))
    return children.map((child) => childOf(child, child.name));
  const inBytes = readdirSync(location, { withFileTypes: true, encoding: "buffer" });
  return inBytes.map((child) => childOf(child, textOf(child.name)));
}

const childOf = (child: Dirent<string> | Dirent<NonSharedBuffer>, name: string): Child => ({
  name,
  kind: child.isFile() ? "file" : child.isDirectory() ? "folder" : "other",
});

/** Hashes take text as UTF-8, in which such names can be the same: their bytes are part of the description. */
const withBytes = (path: string, description: string): Entry => ({
  path: bytesOf(path).toString("utf8"),
  description: `named ${bytesOf(path).toString("hex")} ${description}`,
});

function unreadableError(context: string, problems: readonly string[]): ConfigurationError {
  const more = problems.length - maximumProblems;
  return new ConfigurationError(
    [
      `context: parts of ${context} cannot be read; nothing was built.`,
      ...problems.slice(0, maximumProblems).map((problem) => `  ${problem}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      "  Change their permissions, or exclude them in .dockerignore if the build does not need them.",
    ].join("\n"),
  );
}
