// argon2id with the parameters that OWASP's password storage cheat sheet names first (19 MiB, 2 passes, 1 lane).
import { hash, verify } from "@node-rs/argon2";

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, parameters);

/** Compared against when there is no such account, so that both refusals take the same time. */
const nobody = hashPassword("no account has this password");

export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await nobody), password);
  return matches && passwordHash !== undefined;
}
