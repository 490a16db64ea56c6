declare module "pgpass" {
  /** Looks a password up in PGPASSFILE or ~/.pgpass; undefined if there is none for this connection. */
  export default function pgpass(
    connection: { host: string; port: number; database: string; user: string },
    done: (password: string | undefined) => void,
  ): void;
}
