// The statement that, run in the source database, makes stock pg_restore able to restore an object.
import type { Session } from "../postgres/connection.ts";
import type { Failure } from "./failures.ts";
import { pathForFunctions } from "./search-path.ts";

/** The errors of names that the empty search_path hides. */
const missingName =
  /does not exist|no schema has been selected|not found in search_path|could not identify|is not unique/;

/**
 * @param session in the restored database, which has the functions and the checks.
 * @param searchPath with which the source is used.
 * @returns undefined if nothing is known that cures it.
 */
export async function findCure(session: Session, failure: Failure, searchPath: string): Promise<string | undefined> {
  const check = /violates check constraint "(.+)"$/.exec(failure.message)?.[1];
  if (check !== undefined) return validatedLater(session, check);
  if (!missingName.test(failure.message)) return undefined;
  const functions = await functionsIn(session, failure.details.join("\n"));
  if (functions.length === 0) return undefined;
  return functions
    .map(({ kind, signature }) => `ALTER ${kind} ${signature} SET search_path = ${pathForFunctions(searchPath)};`)
    .join(" ");
}

interface Routine {
  kind: "FUNCTION" | "PROCEDURE";
  /** public.immutable_unaccent(text) */
  signature: string;
}

/**
 * CONTEXT names functions in PL/pgSQL by their signature, with a schema that is not in the search_path, and functions in
 * SQL by their bare name.
 */
async function functionsIn({ query }: Session, context: string): Promise<Routine[]> {
  const signatures = [...context.matchAll(/PL\/pgSQL function (.+?) (?:line \d+|while |during )/g)].map(
    ([, signature = ""]) => signature,
  );
  const names = [...context.matchAll(/SQL function "(.+?)" (?:during|statement)/g)].map(([, name = ""]) => name);
  return query<Routine>(
    `SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind,
        pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS signature
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
      WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND (EXISTS (SELECT FROM unnest($1::text[]) s(signature), CAST(p.oid::regprocedure AS text) full_signature
            WHERE s.signature = full_signature
              OR right(full_signature, length(s.signature) + 1) = '.' || s.signature)
          OR l.lanname = 'sql' AND p.proname = ANY ($2))
        AND NOT EXISTS (SELECT FROM unnest(p.proconfig) setting WHERE setting LIKE 'search_path=%')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
      ORDER BY 2`,
    [signatures, names],
  );
}

/** pg_dump writes a check that is not validated after the data, and pg_restore then leaves the rows as they are. */
async function validatedLater({ query }: Session, check: string): Promise<string | undefined> {
  const rows = await query<{ table: string; name: string; definition: string }>(
    `SELECT c.conrelid::regclass::text AS table, pg_catalog.quote_ident(c.conname) AS name,
        pg_catalog.pg_get_constraintdef(c.oid) AS definition
      FROM pg_catalog.pg_constraint c WHERE c.contype = 'c' AND c.conrelid <> 0 AND c.conname = $1 ORDER BY 1`,
    [check],
  );
  const statements = rows.map(({ table, name, definition }) => {
    const notValid = definition.endsWith(" NOT VALID") ? definition : `${definition} NOT VALID`;
    return `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${notValid};`;
  });
  return statements.length === 0 ? undefined : statements.join(" ");
}
