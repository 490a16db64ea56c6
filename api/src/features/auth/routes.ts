// Register, log in, and who am I.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { instantOut, text } from "../../http/values.ts";
import type { Cache } from "../../redis.ts";
import { hashPassword, passwordMatches } from "./passwords.ts";
import { createUser, findByEmail, findById } from "./store.ts";
import { tokenLifetime, type Tokens } from "./tokens.ts";

const email = z.email().max(254);
// argon2 takes the whole of a long password; the limit only bounds the work.
const registration = z.strictObject({
  email,
  password: z.string().min(10).max(200),
  displayName: text(80).trim().min(1),
});
const credentials = z.strictObject({ email, password: z.string().min(1).max(200) });

const user = z
  .object({ id: z.uuid(), email: z.string(), displayName: z.string(), createdAt: instantOut })
  .meta({ id: "User" });
const grant = { token: z.string(), expiresIn: z.int().meta({ description: "Seconds." }) };

const attempts = { limit: 10, windowSeconds: 300 };

export function authEndpoints(parts: { database: Database; cache: Cache; tokens: Tokens }): Endpoint[] {
  const { database, cache, tokens } = parts;
  const tag = "auth";
  return [
    endpoint(
      {
        method: "post",
        path: "/api/auth/register",
        tag,
        summary: "Make an account",
        access: "anyone",
        body: registration,
        status: 201,
        data: z.object({ user, ...grant }),
        problems: ["email-taken"],
      },
      async ({ body }) => {
        const { password, ...account } = body;
        const created = await createUser(database, { ...account, passwordHash: await hashPassword(password) });
        if (!created) throw new ApiError("email-taken");
        return { user: created, token: await tokens.issue(created.id), expiresIn: tokenLifetime };
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/login",
        tag,
        summary: "Log in",
        access: "anyone",
        body: credentials,
        data: z.object(grant),
        problems: ["wrong-credentials", "too-many-attempts"],
      },
      async ({ body: { email, password }, request }) => {
        const count = await cache.count(`login:${request.ip}:${email.toLowerCase()}`, attempts.windowSeconds);
        if (count !== undefined && count > attempts.limit)
          throw new ApiError("too-many-attempts", { retryAfter: attempts.windowSeconds });
        const found = await findByEmail(database, email);
        if (!(await passwordMatches(found?.passwordHash, password)) || !found) throw new ApiError("wrong-credentials");
        return { token: await tokens.issue(found.id), expiresIn: tokenLifetime };
      },
    ),
    endpoint(
      { method: "get", path: "/api/auth/me", tag, summary: "My account", access: "user", data: user },
      async ({ caller }) => {
        const found = await findById(database, caller.userId);
        if (!found) throw new ApiError("not-logged-in");
        return found;
      },
    ),
  ];
}
