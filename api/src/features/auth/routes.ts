// Register, log in, and who am I.
import { Router } from "express";
import { z } from "zod";
import type { Database } from "../../database.ts";
import { ApiError } from "../../http/errors.ts";
import type { Cache } from "../../redis.ts";
import { hashPassword, passwordMatches } from "./passwords.ts";
import { createUser, findByEmail, findById } from "./store.ts";
import { tokenLifetime, userIdOf, type Tokens } from "./tokens.ts";

const email = z.email().max(254);
// argon2 takes the whole of a long password; the limit only bounds the work.
const registration = z.strictObject({
  email,
  password: z.string().min(10).max(200),
  displayName: z.string().trim().min(1).max(80),
});
const credentials = z.strictObject({ email, password: z.string().min(1).max(200) });

const attempts = { limit: 10, windowSeconds: 300 };

export function authRoutes(parts: { database: Database; cache: Cache; tokens: Tokens }): Router {
  const { database, cache, tokens } = parts;
  const router = Router();

  router.post("/register", async (request, response) => {
    const { password, ...account } = registration.parse(request.body);
    const user = await createUser(database, { ...account, passwordHash: await hashPassword(password) });
    if (!user)
      throw new ApiError({
        status: 409,
        code: "email-taken",
        message: "There is an account with this e-mail address.",
      });
    response
      .status(201)
      .json({ success: true, data: { user, token: await tokens.issue(user.id), expiresIn: tokenLifetime } });
  });

  router.post("/login", async (request, response) => {
    const { email, password } = credentials.parse(request.body);
    const count = await cache.count(`login:${request.ip}:${email.toLowerCase()}`, attempts.windowSeconds);
    if (count !== undefined && count > attempts.limit) {
      throw new ApiError({
        status: 429,
        code: "too-many-attempts",
        message: "Too many attempts; wait five minutes.",
        retryAfter: attempts.windowSeconds,
      });
    }
    const found = await findByEmail(database, email);
    if (!(await passwordMatches(found?.passwordHash, password)) || !found) {
      throw new ApiError({ status: 401, code: "wrong-credentials", message: "E-mail address or password is wrong." });
    }
    response.json({ success: true, data: { token: await tokens.issue(found.id), expiresIn: tokenLifetime } });
  });

  router.get("/me", tokens.required, async (_request, response) => {
    const user = await findById(database, userIdOf(response));
    if (!user) throw new ApiError({ status: 401, code: "not-logged-in", message: "This account is gone." });
    response.json({ success: true, data: user });
  });

  return router;
}
