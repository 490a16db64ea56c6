// What the file system answers, from Node's errors.

/** "ENOENT", "EACCES", …; undefined for an error that is not the operating system's. */
export function codeOf(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? undefined : code;
}

/** There is no such file: removed since the folder was read, or below something that is no folder. */
export function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Code and meaning, without the path: "EACCES: permission denied". */
export const reasonOf = (error: unknown): string => (error as Error).message.split(",", 1).join("");
