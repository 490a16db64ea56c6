// Files beside the dump for a restore with psql and pg_restore alone.
import type { DatabaseState } from "../postgres/database-state.ts";
import { databaseScript, rolesScript } from "../postgres/state-scripts.ts";
import type { StoredObject } from "./manifest.ts";
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

/** Stores `roles.sql`, for before the dump, and `database.sql`, for after it. */
export async function storeScripts(
  state: DatabaseState,
  { store, folder, writer, maxParts, checksums }: ScriptTarget,
): Promise<{ roles: StoredObject; database: StoredObject }> {
  const put = (name: string, text: string): Promise<StoredObject> =>
    upload(store, chunks(text), {
      key: `${folder}${name}`,
      run: writer,
      maxParts,
      checksums,
      beforeComplete: () => Promise.resolve(),
    });
  return {
    roles: await put("roles.sql", rolesScript(state)),
    database: await put("database.sql", databaseScript(state)),
  };
}

async function* chunks(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
