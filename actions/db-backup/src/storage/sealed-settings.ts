// Settings that applications keep in a database, such as the key of app.jwt_secret. In an encrypted backup they are as
// secret as its rows: the manifest, which everybody reads, has them encrypted for the same recipients.
import { Decrypter, Encrypter } from "age-encryption";
import type { DatabaseState, Setting } from "../postgres/database-state.ts";
import type { ServerRole } from "../postgres/roles.ts";
import { isCustom } from "../postgres/settings.ts";
import type { Manifest } from "./manifest.ts";

interface Sealed {
  settings: Setting[];
  /** Name of a role → its own settings. */
  roles: Record<string, ServerRole["settings"]>;
}

/** @param recipients age public keys; none: nothing is encrypted. */
export async function sealSettings(
  state: DatabaseState | undefined,
  recipients: string[],
): Promise<DatabaseState | undefined> {
  if (state === undefined || recipients.length === 0) return state;
  const { roles, memberships } = state.roles;
  const secret: Sealed = {
    settings: state.settings.filter(isCustom),
    roles: Object.fromEntries(roles.map(({ name, settings }) => [name, settings.filter(isCustom)])),
  };
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return {
    ...state,
    settings: state.settings.filter((one) => !isCustom(one)),
    roles: {
      roles: roles.map((role) => ({ ...role, settings: role.settings.filter((one) => !isCustom(one)) })),
      memberships,
    },
    sealed: Buffer.from(await encrypter.encrypt(JSON.stringify(secret))).toString("base64"),
  };
}

/** With a key that does not fit, the manifest stays as it is: reading the dump then fails with the reason. */
export async function openSettings(manifest: Manifest, identity: string | undefined): Promise<Manifest> {
  const state = manifest.databaseState;
  if (state?.sealed === undefined || identity === undefined) return manifest;
  const secret = await decrypt(state.sealed, identity).catch(() => undefined);
  if (secret === undefined) return manifest;
  const { sealed: _, ...open } = state;
  const roles = state.roles.roles.map((role) => ({
    ...role,
    settings: [...role.settings, ...(secret.roles[role.name] ?? [])],
  }));
  return {
    ...manifest,
    databaseState: {
      ...open,
      settings: [...state.settings, ...secret.settings],
      roles: { roles, memberships: state.roles.memberships },
    },
  };
}

async function decrypt(sealed: string, identity: string): Promise<Sealed> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return JSON.parse(await decrypter.decrypt(Buffer.from(sealed, "base64"), "text")) as Sealed;
}
