// The tags by which a revision tells what became of it. Times are ISO 8601, so that they compare as text.

/** Set by smoke-test. */
export const verifiedTag = "deploy:verified-at";
/** Set by rollback, on the revision that it rolls back from. */
export const rolledBackTag = "deploy:rolled-back-at";

/** Rolled back from, and not verified since: the same content may have been deployed again, and be well. */
export const wasLeft = (tags: ReadonlyMap<string, string>): boolean =>
  (tags.get(rolledBackTag) ?? "") > (tags.get(verifiedTag) ?? "");
