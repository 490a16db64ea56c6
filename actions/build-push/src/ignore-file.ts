// Which ignore file a build uses. BuildKit's client sends it like a file of the context, so that links do not lead out
// of the folder; the classic builder's client opens it as any program would.
import { constants, closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { isAbsent, reasonOf } from "./file-errors.ts";
import { IgnoreRules, type BuilderKind } from "./ignore-rules.ts";

/**
 * The rules of `<Dockerfile>.dockerignore` for BuildKit, if there is one, else those of `.dockerignore`.
 *
 * @throws ConfigurationError for a file that docker refuses, or would never finish reading
 */
export function readIgnoreRules(context: string, dockerfile: string, builder: BuilderKind): IgnoreRules {
  const candidates =
    builder === "classic"
      ? [() => join(context, ".dockerignore")]
      : [
          // Empty counts too, a folder does not.
          () => resolveInside(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`),
          () => resolveInside(context, ".dockerignore"),
        ];
  for (const locate of candidates) {
    const file = locate();
    const bytes = file === undefined ? undefined : readIfPresent(file, builder);
    if (file !== undefined && bytes) return IgnoreRules.parse(bytes, { file, builder });
  }
  return IgnoreRules.parse(Buffer.alloc(0), { file: "", builder });
}

/** More than any file system follows; after that docker treats the file as absent. */
const maximumLinks = 255;

/** Follows links as if the folder were the root of the file system. @returns undefined if there is no such file */
function resolveInside(root: string, name: string): string | undefined {
  const open = [name];
  let resolved: string[] = [];
  for (let links = 0; open.length > 0;) {
    const part = open.shift() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      resolved.pop();
      continue;
    }
    const path = join(root, ...resolved, part);
    const target = linkTarget(path);
    if (target === "absent" || links > maximumLinks) return undefined;
    if (target === "no link") resolved.push(part);
    else {
      links++;
      if (target.path.startsWith("/")) resolved = [];
      open.unshift(...target.path.split("/"));
    }
  }
  return join(root, ...resolved);
}

function linkTarget(path: string): { path: string } | "no link" | "absent" {
  try {
    return lstatSync(path).isSymbolicLink() ? { path: readlinkSync(path) } : "no link";
  } catch (error) {
    if (isAbsent(error)) return "absent";
    throw unreadable(path, reasonOf(error), error);
  }
}

/** @returns undefined for what docker treats as absent */
function readIfPresent(file: string, builder: BuilderKind): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    // Without this flag a named pipe would be waited for.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return readFileSync(descriptor);
    if (stat.isDirectory() && builder === "buildkit") return undefined;
    // A link to /dev/null, which the classic builder's client follows: no rules.
    if (stat.isCharacterDevice()) return Buffer.alloc(0);
    throw unreadable(file, `it is ${kindOf(stat)}`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error instanceof ConfigurationError ? error : unreadable(file, reasonOf(error), error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const kindOf = (stat: Stats): string => (stat.isDirectory() ? "a folder" : stat.isFIFO() ? "a named pipe" : "a device");

const unreadable = (file: string, reason: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError(
    `${file} cannot be read: ${reason}. It must be a file that this step can read; remove it if nothing is to be ignored.`,
    { cause },
  );
