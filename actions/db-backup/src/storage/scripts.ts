// Files beside the dump for a restore without this toolkit.
import { Readable } from "node:stream";
import { databaseScript, rolesScript } from "../postgres/state-scripts.ts";
import { restoreCommand, type RestorableBackup } from "../restore-command.ts";
import { wrap } from "./codec.ts";
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
 * the page of a run that shows the commands may be out of reach. The first two are encrypted like the dump.
 *
 * @returns undefined without the state of the database.
 */
export async function storeScripts(
  backup: Omit<RestorableBackup, "scripts">,
  { store, folder, writer, maxParts, checksums }: ScriptTarget,
): Promise<Manifest["scripts"]> {
  const { databaseState: state } = backup;
  if (state === undefined) return undefined;
  const put = async (name: string, text: string, encryption: Manifest["encryption"]): Promise<StoredObject> =>
    upload(store, await wrap(Readable.from([Buffer.from(text)]), { compression: "none", encryption }), {
      key: `${folder}${name}${encryption.method === "age" ? ".age" : ""}`,
      run: writer,
      maxParts,
      checksums,
      beforeComplete: () => Promise.resolve(),
    });
  const sql = {
    roles: await put("roles.sql", rolesScript(state), backup.encryption),
    database: await put("database.sql", databaseScript(state), backup.encryption),
  };
  const commands = restoreCommand({ ...backup, scripts: sql }, store.settings.bucket);
  return { ...sql, restore: await put("restore.sh", `${commands}\n`, { method: "none" }) };
}
