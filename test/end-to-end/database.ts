// Statements on the database of the local AWS.
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import pg from "pg";
import { awsClient } from "../../infra/local/paths.ts";
import { platformOutputs } from "./platform.ts";

/** Statements that need the right to write, or to read. */
export const write = "UPDATE users SET id = id WHERE false";
export const read = "SELECT count(*)::int AS count FROM sightings";

/** Runs SQL with a role's password from the parameters, in a session of its own. */
export async function query(user: "rainbow_app" | "rainbow_backup", sql: string): Promise<pg.QueryResult> {
  const parameter = { rainbow_app: "db-password", rainbow_backup: "backup-password" }[user];
  const { Parameter } = await new SSMClient(awsClient).send(
    new GetParameterCommand({ Name: `/rainbow-seeker/local/${parameter}`, WithDecryption: true }),
  );
  return queryAs(user, Parameter?.Value ?? "", sql);
}

export async function queryAs(user: string, password: string, sql: string): Promise<pg.QueryResult> {
  const { address, port, name } = (await platformOutputs()).database;
  const client = new pg.Client({ host: address, port, database: name, user, password });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
