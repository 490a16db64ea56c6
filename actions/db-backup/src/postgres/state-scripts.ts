// The roles of a backup and the state of its database as files for psql, for a restore without this toolkit.
import pg from "pg";
import type { DatabaseState } from "./database-state.ts";
import { revokeAfterLoad } from "./public-schema.ts";
import { createRoleStatement, membershipStatement, type Membership, type ServerRole } from "./roles.ts";
import { assignment, literal } from "./settings.ts";
import { newDatabase, pendingStatements } from "./state-statements.ts";

const name = pg.escapeIdentifier;

/** For texts of any language, whatever the terminal has. */
const encoding = "SET client_encoding = 'UTF8';";

/**
 * Creates the roles that a server lacks. Those that exist stay as they are; what this server does not allow, such as
 * SUPERUSER on RDS, is a warning. It runs completely or not at all.
 */
export function rolesScript({
  owner: databaseOwner,
  roles: { roles, memberships },
  namedRoles,
}: DatabaseState): string {
  // The roles that PostgreSQL has itself, no statement creates.
  const own = roles.filter((role) => !role.name.startsWith("pg_"));
  const body = [
    "DECLARE",
    "  missing text[] := ARRAY(",
    `    SELECT role FROM unnest(${textArray(own.map((role) => role.name))}) role`,
    "    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role));",
    "  acting text := CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;",
    "BEGIN",
    ...own.flatMap((role) => [
      `  IF ${literal(role.name)} = ANY (missing) THEN`,
      `    ${createRoleStatement(role.name, { roles, memberships })};`,
      ...detailsOf(role).flatMap((statement) => attempt(statement, "    ")),
      "  END IF;",
    ]),
    ...memberships.flatMap((membership) => [
      `  IF missing && ${textArray([membership.role, membership.member])} THEN`,
      ...grantLines(membership),
      "  END IF;",
    ]),
    "  -- Only a member can make a role the owner of what it restores.",
    ...[...new Set([databaseOwner, ...namedRoles.owners])].flatMap((owner) => [
      `  IF NOT pg_catalog.pg_has_role(${literal(owner)}, acting) THEN`,
      ...attempt(`GRANT ${name(owner)} TO CURRENT_USER`, "    "),
      "  END IF;",
    ]),
    "END",
  ].join("\n");
  const quote = dollarQuote(body);
  return [
    "-- Creates the roles that this server lacks, without passwords: psql --no-psqlrc --dbname=postgres --file=roles.sql",
    encoding,
    `DO ${quote}`,
    body,
    `${quote};`,
    "",
  ].join("\n");
}

const textArray = (texts: string[]): string => `ARRAY[${texts.map((one) => literal(one)).join(", ")}]::text[]`;

const detailsOf = ({ name: role, reserved, settings, comment }: ServerRole): string[] => [
  ...reserved.map((attribute) => `ALTER ROLE ${name(role)} ${attribute}`),
  ...settings.map((setting) => `ALTER ROLE ${name(role)} SET ${assignment(setting)}`),
  ...(comment === null ? [] : [`COMMENT ON ROLE ${name(role)} IS ${literal(comment)}`]),
];

/** Since PostgreSQL 16 who creates a role has the ADMIN option on it, and cannot give that to itself. */
function grantLines({ options, ...membership }: Membership): string[] {
  const whole = membershipStatement({ ...membership, options });
  const rest = options.filter((option) => option !== "ADMIN OPTION");
  if (rest.length === options.length) return attempt(whole, "    ");
  const isOnlyAdmin = rest.length === 2;
  return [
    `    IF current_user = ${literal(membership.member)} THEN`,
    ...(isOnlyAdmin ? ["      NULL;"] : attempt(membershipStatement({ ...membership, options: rest }), "      ")),
    "    ELSE",
    ...attempt(whole, "      "),
    "    END IF;",
  ];
}

/** Lines that run a statement and warn if it fails. */
const attempt = (statement: string, indent: string): string[] => [
  `${indent}BEGIN`,
  `${indent}  ${statement};`,
  `${indent}EXCEPTION WHEN OTHERS THEN`,
  `${indent}  RAISE WARNING USING MESSAGE = ${literal(`${statement}: `)} || SQLERRM;`,
  `${indent}END;`,
];

/** A tag that the text does not contain. */
function dollarQuote(text: string): string {
  for (let number = 0; ; number += 1) {
    const tag = number === 0 ? "$roles$" : `$roles${number}$`;
    if (!text.includes(tag)) return tag;
  }
}

/** Settings, privileges, comment: for the restored database itself, whatever its name. psql fills in the name. */
export function databaseScript(source: DatabaseState): string {
  const statements = pendingStatements({
    source,
    target: newDatabase(source.owner),
    database: ':"DBNAME"',
    owners: true,
  });
  const revoke = revokeAfterLoad(source.creators, source.owner);
  return [
    "-- Settings and privileges of the database, after its data: psql --no-psqlrc --dbname=RESTORED --file=database.sql",
    "-- The owner is set when the database is created.",
    encoding,
    ...(revoke === undefined ? [] : [`${revoke};`]),
    ...statements.flatMap(({ sql, as }) =>
      as === undefined ? [`${sql};`] : [`SET ROLE ${name(as)};`, `${sql};`, "RESET ROLE;"],
    ),
    "",
  ].join("\n");
}
