// What a revision knows of the database's schema, so that a rollback does not put old code onto a schema that has lost
// what it needs.
// A migration task reports it in its log, as JSON: {"schema": {"version": "0007", "contracted": "0005"}}; it is kept in
// tags of the revision.

export interface Schema {
  /** The newest migration that has been applied: what this revision was deployed with. */
  version: string;
  /** The newest migration that took something away which earlier code used (contracting); undefined: none did. */
  contracted: string | undefined;
}

export const schemaTags = { version: "deploy:schema", contracted: "deploy:schema-contracted" } as const;

/** The last such statement in the lines of a migration's log. */
export function schemaIn(lines: string[]): Schema | undefined {
  for (const line of lines.toReversed()) {
    if (!line.includes('"schema"')) continue;
    const schema = parse(line);
    if (schema) return schema;
  }
  return undefined;
}

function parse(line: string): Schema | undefined {
  try {
    const { schema } = JSON.parse(line) as { schema?: { version?: unknown; contracted?: unknown } };
    if (typeof schema?.version !== "string") return undefined;
    return {
      version: schema.version,
      contracted: typeof schema.contracted === "string" ? schema.contracted : undefined,
    };
  } catch {
    return undefined;
  }
}

export function schemaOf(tags: ReadonlyMap<string, string>): Schema | undefined {
  const version = tags.get(schemaTags.version);
  return version === undefined ? undefined : { version, contracted: tags.get(schemaTags.contracted) };
}

export function tagsOf(schema: Schema | undefined): { key: string; value: string }[] {
  if (!schema) return [];
  return [
    { key: schemaTags.version, value: schema.version },
    ...(schema.contracted === undefined ? [] : [{ key: schemaTags.contracted, value: schema.contracted }]),
  ];
}

/** Why a revision cannot run on the schema of the one that runs; undefined: it can. */
export function schemaProblem(
  target: ReadonlyMap<string, string>,
  running: ReadonlyMap<string, string>,
): string | undefined {
  const contracted = schemaOf(running)?.contracted;
  if (contracted === undefined) return undefined;
  const supported = schemaOf(target)?.version;
  if (supported === undefined)
    return `migration ${contracted} has taken something away from the schema, and the target does not say which schema it was made for`;
  return isBefore(supported, contracted)
    ? `migration ${contracted} has taken away what the target, made for schema ${supported}, may still use`
    : undefined;
}

/** Numbers within names count as numbers: 9 is before 10. */
const isBefore = (a: string, b: string): boolean => a.localeCompare(b, "en", { numeric: true }) < 0;
