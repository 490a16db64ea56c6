// What a rotation acts on: parameters, tasks, cache and database of one environment.
export interface System {
  /** Value of a parameter by its short name. */
  get(name: string): Promise<string>;
  put(name: string, value: string): Promise<void>;
  /** When it was written last. */
  changedAt(name: string): Promise<Date>;
  /** Replaces all tasks of api, which then have the parameters of now; before that, the migration, if it is asked for. */
  redeploy(options?: { withMigration?: boolean }): Promise<void>;
  /** How long a deployment takes at most: tasks of before go on signing meanwhile. */
  deploymentMilliseconds: number;
  /** Throws while a deployment, a migration, a backup or a restore is running. */
  refuseWhileBusy(): Promise<void>;
  cache: {
    hasToken(): Promise<boolean>;
    tokenChangedAt(): Promise<Date>;
    /** Returns when it is in effect on each node. */
    setToken(token: string, strategy: "ROTATE" | "SET"): Promise<void>;
  };
  /** Of the database's master user: RDS does it by itself. */
  rotateMasterPassword(): Promise<void>;
  newSecret(): string;
  now(): Date;
}
