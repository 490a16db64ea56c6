// Writes new texts: all of them beside their files first, then each in the place of its file, so that a full disk
// changes nothing and a file is never half a file.
import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { FailedError, messageOf } from "../../../actions/shared/src/errors.ts";

export interface NewText {
  path: string;
  /** The file itself, never a link. */
  target: string;
  text: string;
}

export type Files = Pick<typeof fs, "stat" | "open" | "chown" | "rename" | "rm">;

export async function replaceFiles(texts: NewText[], files: Files = fs): Promise<void> {
  const staged: (NewText & { temporary: string })[] = [];
  const replaced: string[] = [];
  try {
    for (const one of texts) {
      const temporary = join(dirname(one.target), `.rainbow-deploy-${randomUUID()}.tmp`);
      staged.push({ ...one, temporary });
      await stage(one, temporary, files);
    }
    for (const { path, target, temporary } of staged) {
      await files.rename(temporary, target);
      replaced.push(path);
    }
  } catch (cause) {
    await Promise.all(staged.map(({ temporary }) => files.rm(temporary, { force: true }).catch(() => undefined)));
    const done = replaced.length > 0 ? `Changed before that: ${replaced.join(", ")}.` : "No file was changed.";
    throw new FailedError(`A file could not be written: ${messageOf(cause)}. ${done} Run the command again.`, {
      cause,
    });
  }
}

/** With the mode and, where that is possible, the owner of the file that it replaces. */
async function stage({ target, text }: NewText, temporary: string, files: Files): Promise<void> {
  const { mode, uid, gid } = await files.stat(target);
  const file = await files.open(temporary, "wx", mode & 0o777);
  try {
    await file.writeFile(text, "utf8");
    await file.chmod(mode & 0o777);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.chown(temporary, uid, gid).catch(() => undefined);
}
