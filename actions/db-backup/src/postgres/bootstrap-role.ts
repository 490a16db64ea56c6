// The role that initdb created (its object ID is 10): PostgreSQL tracks no dependencies on it.

/** Catalog and owner column of the kinds of objects whose owner pg_dump writes. */
const owned: [catalog: string, column: string][] = [
  ["pg_class", "relowner"],
  ["pg_collation", "collowner"],
  ["pg_conversion", "conowner"],
  ["pg_event_trigger", "evtowner"],
  ["pg_foreign_data_wrapper", "fdwowner"],
  ["pg_foreign_server", "srvowner"],
  ["pg_language", "lanowner"],
  ["pg_largeobject_metadata", "lomowner"],
  ["pg_namespace", "nspowner"],
  ["pg_opclass", "opcowner"],
  ["pg_operator", "oprowner"],
  ["pg_opfamily", "opfowner"],
  ["pg_proc", "proowner"],
  ["pg_publication", "pubowner"],
  ["pg_statistic_ext", "stxowner"],
  ["pg_ts_config", "cfgowner"],
  ["pg_ts_dict", "dictowner"],
  ["pg_type", "typowner"],
];

/** Catalog and column with the privileges that pg_dump writes. */
const granted: [catalog: string, column: string][] = [
  ["pg_class", "relacl"],
  ["pg_attribute", "attacl"],
  ["pg_default_acl", "defaclacl"],
  ["pg_foreign_data_wrapper", "fdwacl"],
  ["pg_foreign_server", "srvacl"],
  ["pg_language", "lanacl"],
  ["pg_namespace", "nspacl"],
  ["pg_proc", "proacl"],
  ["pg_type", "typacl"],
];

/** Objects of initdb have smaller IDs; those of sessions are in schemas such as pg_temp_3. */
const conditions: Record<string, string> = {
  pg_class: " AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND relnamespace::regnamespace::text !~ '^pg_'",
  pg_namespace: " AND nspname !~ '^pg_'",
};

const ownedObjects = owned
  .map(
    ([catalog, column]) =>
      `SELECT 'pg_catalog.${catalog}'::regclass AS class, oid FROM pg_catalog.${catalog}
        WHERE ${column} = 10 AND oid >= 16384${conditions[catalog] ?? ""}`,
  )
  .join(" UNION ALL ");

/** Since PostgreSQL 15 the schema public belongs to pg_database_owner, and pg_dump writes any other owner. */
const publicSchema = `EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND nspowner = 10
  AND pg_catalog.current_setting('server_version_num')::int >= 150000)`;

const grants = granted
  .map(
    ([catalog, column]) =>
      `EXISTS (SELECT FROM pg_catalog.${catalog} t CROSS JOIN LATERAL pg_catalog.aclexplode(t.${column}) a
         WHERE a.grantee = 10 AND a.grantor <> 10)`,
  )
  .join(" OR ");

/** Continues a query of `role, kind`. */
export const bootstrapOwned = `UNION ALL
  SELECT 10, 'owners' WHERE EXISTS (SELECT FROM (${ownedObjects}) o WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype IN ('e', 'i')))
    OR ${publicSchema}
  UNION ALL SELECT 10, 'grantees' WHERE ${grants}
  UNION ALL SELECT 10, 'policies' WHERE EXISTS (SELECT FROM pg_catalog.pg_policy WHERE 10 = ANY (polroles))
    OR EXISTS (SELECT FROM pg_catalog.pg_user_mappings WHERE umuser = 10)`;
