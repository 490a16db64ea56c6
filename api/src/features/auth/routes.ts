// Accounts and sessions: register, log in, stay logged in, log out, change the password, and leave.
import type { Logger } from "pino";
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { traceOf } from "../../http/trace.ts";
import { instantOut, text } from "../../http/values.ts";
import type { CheckPassword } from "./password-check.ts";
import { hashPassword } from "./passwords.ts";
import {
  continueSession,
  endAllSessions,
  endSession,
  type NewSession,
  refreshLifetime,
  startSession,
} from "./sessions.ts";
import { createUser, deleteUser, findByEmail, findById, setPassword, type UserWithPassword } from "./store.ts";
import { type Caller, tokenLifetime, type Tokens } from "./tokens.ts";

const email = z.email().max(254);
// argon2 takes the whole of a long password; the limit only bounds the work.
const newPassword = z.string().min(10).max(200);
const password = z.string().min(1).max(200);
const registration = z.strictObject({ email, password: newPassword, displayName: text(80).trim().min(1) });

const user = z
  .object({ id: z.uuid(), email: z.string(), displayName: z.string(), createdAt: instantOut })
  .meta({ id: "User" });
const session = z
  .object({
    token: z.string().meta({ description: "Access token, for `Authorization: Bearer …`." }),
    expiresIn: z.int().meta({ description: "Of the access token, in seconds." }),
    refreshToken: z.string().meta({ description: "For one use of /api/auth/refresh." }),
    refreshExpiresIn: z.int().meta({ description: "Of the refresh token, in seconds." }),
  })
  .meta({ id: "Session" });

export function authEndpoints(parts: {
  database: Database;
  tokens: Tokens;
  checkPassword: CheckPassword;
  log: Logger;
}): Endpoint[] {
  const { database, tokens, checkPassword, log } = parts;
  const tag = "auth";

  const answerWith = async (started: NewSession) => ({
    token: await tokens.issue(started),
    expiresIn: tokenLifetime,
    refreshToken: started.refreshToken,
    refreshExpiresIn: refreshLifetime,
  });
  const accountOf = async (caller: Caller): Promise<UserWithPassword> => {
    const found = await findById(database, caller.userId);
    // Between the look at the token and this one.
    if (!found) throw new ApiError("not-logged-in");
    return found;
  };

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
        data: z.object({ user, ...session.shape }),
        problems: ["email-taken"],
      },
      async ({ body }) => {
        const { password, ...account } = body;
        const created = await createUser(database, { ...account, passwordHash: await hashPassword(password) });
        if (!created) throw new ApiError("email-taken");
        return { user: created, ...(await answerWith(await startSession(database, created.id))) };
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/login",
        tag,
        summary: "Log in",
        description: "Who fails again and again waits: 30 seconds after ten times, then twice as long each time.",
        access: "anyone",
        body: z.strictObject({ email, password }),
        data: session,
        problems: ["wrong-credentials", "too-many-attempts"],
      },
      async ({ body: { email, password }, request }) => {
        const found = await checkPassword(request, { email, password, find: () => findByEmail(database, email) });
        return answerWith(await startSession(database, found.id));
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/refresh",
        tag,
        summary: "Stay logged in",
        description:
          "Takes a refresh token once, and answers with the next one. A token that comes a second time has been " +
          "stolen, or its answer was lost: either way the session ends.",
        access: "anyone",
        body: z.strictObject({ refreshToken: z.string().min(1).max(200) }),
        data: session,
        problems: ["refresh-token-refused", "refresh-token-reused"],
      },
      async ({ body, response }) => {
        const continued = await continueSession(database, body.refreshToken);
        if (continued === "unknown") throw new ApiError("refresh-token-refused");
        if ("reused" in continued) {
          log.warn(
            { ...traceOf(response), sessionId: continued.reused },
            "a refresh token came a second time: session ended",
          );
          throw new ApiError("refresh-token-reused");
        }
        return answerWith(continued);
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/logout",
        tag,
        summary: "Log out, here or everywhere",
        access: "user",
        body: z.strictObject({ everywhere: z.boolean().default(false) }),
        data: z.null(),
      },
      async ({ body, caller }) => {
        // A token without a session ends only with all of them.
        if (body.everywhere || caller.sessionId === undefined) await endAllSessions(database, caller.userId);
        else await endSession(database, caller.sessionId);
        return null;
      },
    ),
    endpoint(
      { method: "get", path: "/api/auth/me", tag, summary: "My account", access: "user", data: user },
      async ({ caller }) => {
        const { passwordHash: _, ...account } = await accountOf(caller);
        return account;
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/password",
        tag,
        summary: "Change my password",
        description: "Ends every session, and answers with a new one.",
        access: "user",
        body: z.strictObject({ currentPassword: password, newPassword }),
        data: session,
        problems: ["wrong-credentials", "too-many-attempts"],
      },
      async ({ body, caller, request }) => {
        const account = await accountOf(caller);
        const find = async () => account;
        await checkPassword(request, { email: account.email, password: body.currentPassword, find });
        await setPassword(database, account.id, await hashPassword(body.newPassword));
        return answerWith(await startSession(database, account.id));
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/auth/delete-account",
        tag,
        summary: "Delete my account and everything that belongs to it",
        access: "user",
        body: z.strictObject({ password }),
        data: z.null(),
        problems: ["wrong-credentials", "too-many-attempts"],
      },
      async ({ body, caller, request }) => {
        const account = await accountOf(caller);
        const find = async () => account;
        await checkPassword(request, { email: account.email, password: body.password, find });
        await deleteUser(database, account.id);
        return null;
      },
    ),
  ];
}
