// Files beside the dump for a restore without this toolkit.
import { databaseScript, rolesScript } from "../postgres/state-scripts.ts";
import { restoreCommand, type RestorableBackup } from "../restore-command.ts";
import type { Manifest, StoredObject } from "./manifest.ts";
import type { Store } from "./store.ts";
import { upload } from "./upload.ts";

export interface ScriptTarget {
  store: Store;
  /** With a slash at the end. */
  folder: string;
  /** Identifies the writer. */
  writer: string;
  maxParts: number;
  checksums: boolean;
}

/**
 * Stores `roles.sql`, for before the dump, `database.sql`, for after it, and `restore.sh`, the commands that use them:
 * the page of a run that shows the commands may be out of reach.
 *
 * @returns undefined without the state of the database.
 */
export async function storeScripts(
  backup: Omit<RestorableBackup, "scripts">,
  { store, folder, writer, maxParts, checksums }: ScriptTarget,
): Promise<Manifest["scripts"]> {
  const { databaseState: state } = backup;
  if (state === undefined) return undefined;
  const put = (name: string, text: string): Promise<StoredObject> =>
    upload(store, chunks(text), {
      key: `${folder}${name}`,
      run: writer,
      maxParts,
      checksums,
      beforeComplete: () => Promise.resolve(),
    });
  const sql = {
    roles: await put("roles.sql", rolesScript(state)),
    database: await put("database.sql", databaseScript(state)),
  };
  const commands = restoreCommand({ ...backup, scripts: sql }, store.settings.bucket);
  return { ...sql, restore: await put("restore.sh", `${commands}\n`) };
}

async function* chunks(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
