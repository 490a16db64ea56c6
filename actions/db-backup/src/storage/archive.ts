// Objects that a lifecycle rule or Intelligent-Tiering has moved to an archive: they are listed, but cannot be read until
// a copy has been restored. After https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
import { shellWord } from "../../../shared/src/command-line.ts";
import { BackupError } from "../errors.ts";

export interface Archived {
  /** GLACIER, DEEP_ARCHIVE, or a tier of Intelligent-Tiering: ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS. */
  tier: string;
  /** Somebody has asked for a copy, which is not there yet. */
  isBeingRestored: boolean;
}

type HeadFields = Partial<Record<"StorageClass" | "ArchiveStatus" | "Restore", string | undefined>>;

/** GLACIER_IR, Instant Retrieval, is read like any other. */
export const isArchiveClass = (storageClass: string | undefined): boolean =>
  /^(GLACIER|DEEP_ARCHIVE)$/.test(storageClass ?? "");

/** Whether an object has to be restored before it can be read; undefined: it can be read, or a copy of it. */
export function archivedIn({ StorageClass, ArchiveStatus, Restore }: HeadFields): Archived | undefined {
  const tier = ArchiveStatus ?? (isArchiveClass(StorageClass) ? StorageClass : undefined);
  if (tier === undefined || /ongoing-request="false"/.test(Restore ?? "")) return undefined;
  return { tier, isBeingRestored: /ongoing-request="true"/.test(Restore ?? "") };
}

/** Days for which the copy stays: enough for a restore, and for the one after that. */
const days = 7;

/** Objects of Intelligent-Tiering move back, and take no number of days (API reference of RestoreObject). */
function restoreObjectCommand(bucket: string, { key, tier }: { key: string; tier: string }): string {
  const request = {
    ...(tier.endsWith("_ACCESS") ? {} : { Days: days }),
    GlacierJobParameters: { Tier: "Standard" },
  };
  const options = ["--bucket", bucket, "--key", key, "--restore-request", JSON.stringify(request)];
  return ["aws s3api restore-object", ...options.map(shellWord)].join(" ");
}

export const describeArchived = (bucket: string, { key, tier, isBeingRestored }: Archived & { key: string }): string =>
  `s3://${bucket}/${key} is archived (${tier}) and cannot be read` +
  (isBeingRestored ? " yet: a copy is being restored." : ".");

/** What is needed of a store. */
interface Bucket {
  settings: { bucket: string };
  list: (prefix: string) => Promise<{ key: string; storageClass?: string | undefined }[]>;
}

/** What to do about an archived object, and about the other ones of its backup: each would cost another wait of hours. */
export async function archivedError(store: Bucket, object: Archived & { key: string }): Promise<BackupError> {
  const { key, tier, isBeingRestored } = object;
  const { bucket } = store.settings;
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  // It only explains: without the list, the next run finds the others.
  const listed = await store.list(folder).catch(() => []);
  const others = listed.flatMap(({ key: other, storageClass }) =>
    other !== key && isArchiveClass(storageClass) ? [{ key: other, tier: String(storageClass) }] : [],
  );
  const commands = [...(isBeingRestored ? [] : [{ key, tier }]), ...others].map(
    (one) => `  ${restoreObjectCommand(bucket, one)}`,
  );
  return new BackupError("ARCHIVED", [describeArchived(bucket, object), ...commands].join("\n"));
}
