// What a database lacks to be like its source, as statements: those that a restore runs, and those that are left for
// people because they have failed.
import pg from "pg";
import type { DatabaseProperties, Privilege, Setting } from "./database-state.ts";
import { assignment, comparableValue, isCustom, literal } from "./settings.ts";

const name = pg.escapeIdentifier;

export interface Statement {
  sql: string;
  /** What a log may show of it, if that is less. */
  shown?: string;
  /** Of a setting: what takes it back. */
  undo?: string;
  /** The role that runs it, if that is another than the session's. */
  as?: string;
  /** "extra" removes what the target has and the source has not; it is for people to decide. */
  kind: "setting" | "description" | "privilege" | "owner" | "extra";
}

type Described = Omit<DatabaseProperties, "locale" | "tablespace">;

/** A database that was just created with this owner. */
export const newDatabase = (owner: string): Described => ({
  owner,
  comment: null,
  connectionLimit: -1,
  isTemplate: false,
  settings: [],
  labels: [],
  // Documentation of PostgreSQL, "Privileges".
  privileges: [
    ...["CONNECT", "TEMPORARY"].map((privilege) => ({ grantee: null, grantor: owner, privilege, grantable: false })),
    ...["CONNECT", "CREATE", "TEMPORARY"].map((privilege) => ({
      grantee: owner,
      grantor: owner,
      privilege,
      grantable: false,
    })),
  ],
});

export interface Comparison {
  source: Described;
  target: Described;
  /** Name of the target, quoted as it shall be in statements. */
  database: string;
  /** Whether owner and privileges are compared. */
  owners: boolean;
}

export const pendingStatements = (comparison: Comparison): Statement[] => [
  ...settingStatements(comparison),
  ...descriptionStatements(comparison),
  ...(comparison.owners ? [...ownerStatements(comparison), ...privilegeStatements(comparison)] : []),
];

function settingStatements({ source, target, database }: Comparison): Statement[] {
  const keyOf = ({ role, name: parameter, value }: Setting) =>
    JSON.stringify([role, parameter.toLowerCase(), comparableValue(parameter, value)]);
  const parameterOf = ({ role, name: parameter }: Setting) => JSON.stringify([role, parameter.toLowerCase()]);
  const has = new Set(target.settings.map(keyOf));
  const wanted = new Set(source.settings.map(parameterOf));
  const alter = ({ role }: Setting) =>
    role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${name(role)} IN DATABASE ${database}`;
  return [
    ...source.settings
      .filter((setting) => !has.has(keyOf(setting)))
      .map((setting) => ({
        kind: "setting" as const,
        sql: `${alter(setting)} SET ${assignment(setting)}`,
        undo: `${alter(setting)} RESET ${name(setting.name)}`,
        ...(isCustom(setting) ? { shown: `${alter(setting)} SET ${name(setting.name)} TO '…'` } : {}),
      })),
    ...target.settings
      .filter((setting) => !wanted.has(parameterOf(setting)))
      .map((setting) => ({ kind: "extra" as const, sql: `${alter(setting)} RESET ${name(setting.name)}` })),
  ];
}

function descriptionStatements({ source, target, database }: Comparison): Statement[] {
  const labels = new Map(target.labels.map(({ provider, label }) => [provider, label]));
  const statements = [
    ...source.labels
      .filter(({ provider, label }) => labels.get(provider) !== label)
      .map(
        ({ provider, label }) => `SECURITY LABEL FOR ${name(provider)} ON DATABASE ${database} IS ${literal(label)}`,
      ),
    ...(source.connectionLimit === target.connectionLimit
      ? []
      : [`ALTER DATABASE ${database} CONNECTION LIMIT ${source.connectionLimit}`]),
    ...(source.isTemplate === target.isTemplate ? [] : [`ALTER DATABASE ${database} IS_TEMPLATE ${source.isTemplate}`]),
  ];
  if (source.comment !== target.comment)
    statements.push(`COMMENT ON DATABASE ${database} IS ${source.comment === null ? "NULL" : literal(source.comment)}`);
  return statements.map((sql) => ({ kind: "description", sql }));
}

const ownerStatements = ({ source, target, database }: Comparison): Statement[] =>
  source.owner === target.owner
    ? []
    : [{ kind: "owner", sql: `ALTER DATABASE ${database} OWNER TO ${name(source.owner)}` }];

/** Equal for the same privilege, whoever owns the database: the owner is who grants. */
const privilegeKey = ({ grantee, grantor, privilege, grantable }: Privilege, owner: string): string =>
  JSON.stringify([grantee === owner ? { owner: true } : grantee, grantor === owner || grantor, privilege, grantable]);

function privilegeStatements({ source, target, database }: Comparison): Statement[] {
  const keysOf = ({ owner, privileges }: Described) => new Set(privileges.map((one) => privilegeKey(one, owner)));
  const [wanted, has] = [keysOf(source), keysOf(target)];
  // Whoever owns the target instead of the source's owner has every privilege already.
  const isCovered = ({ grantee }: Privilege) => grantee === target.owner && grantee !== source.owner;
  const missing = source.privileges.filter((one) => !isCovered(one) && !has.has(privilegeKey(one, source.owner)));
  const extra = target.privileges.filter((one) => !wanted.has(privilegeKey(one, target.owner)));
  const to = (grantee: string | null) =>
    grantee === null ? "PUBLIC" : name(grantee === source.owner ? target.owner : grantee);
  return [
    ...extra.map(({ grantee, privilege }): Statement => ({
      // A new database lets everybody in; what other roles have, somebody has granted on purpose.
      kind: grantee === null || grantee === target.owner ? "privilege" : "extra",
      sql: `REVOKE ${privilege} ON DATABASE ${database} FROM ${grantee === null ? "PUBLIC" : name(grantee)}`,
    })),
    ...inOrder(missing, source.owner).map(({ grantee, grantor, privilege, grantable }): Statement => ({
      kind: "privilege",
      sql: `GRANT ${privilege} ON DATABASE ${database} TO ${to(grantee)}${grantable ? " WITH GRANT OPTION" : ""}`,
      ...(grantor === source.owner ? {} : { as: grantor }),
    })),
  ];
}

/** A role that grants on behalf of itself has been granted that before. */
function inOrder(grants: Privilege[], owner: string): Privilege[] {
  const ordered: Privilege[] = [];
  let rest = grants;
  while (rest.length > 0) {
    const canGrant = ({ grantor, privilege }: Privilege): boolean =>
      grantor === owner || !rest.some((one) => one.grantee === grantor && one.privilege === privilege && one.grantable);
    const next = rest.filter(canGrant);
    // A circle cannot come from a catalog, only from a damaged manifest.
    if (next.length === 0) return [...ordered, ...rest];
    ordered.push(...next);
    rest = rest.filter((one) => !next.includes(one));
  }
  return ordered;
}
