// Signed tokens (JWT, HS256) that say who someone is for twelve hours.
import type { RequestHandler } from "express";
import { jwtVerify, SignJWT } from "jose";
import { ApiError } from "../../http/errors.ts";

export const tokenLifetime = 12 * 3600;
const claims = { issuer: "rainbow-seeker", audience: "rainbow-seeker-api" };

export interface Tokens {
  issue(userId: string): Promise<string>;
  /** Refuses a request without a valid token; afterwards `userIdOf(response)` is known. */
  required: RequestHandler;
}

export function createTokens(secret: string): Tokens {
  const key = new TextEncoder().encode(secret);
  return {
    issue: (userId) =>
      new SignJWT()
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(userId)
        .setIssuer(claims.issuer)
        .setAudience(claims.audience)
        .setIssuedAt()
        .setExpirationTime(`${tokenLifetime} s`)
        .sign(key),
    required: async (request, response, next) => {
      const token = /^Bearer (\S+)$/.exec(request.get("authorization") ?? "")?.[1];
      const userId = token ? await subjectOf(token, key) : undefined;
      if (!userId)
        throw new ApiError({
          status: 401,
          code: "not-logged-in",
          message: "Send a token from /api/auth/login as `Authorization: Bearer …`.",
        });
      response.locals["userId"] = userId;
      next();
    },
  };
}

async function subjectOf(token: string, key: Uint8Array): Promise<string | undefined> {
  try {
    return (await jwtVerify(token, key, { ...claims, algorithms: ["HS256"] })).payload.sub;
  } catch {
    return undefined;
  }
}

/** The user behind a request that `required` accepted. */
export function userIdOf(response: { locals: Record<string, unknown> }): string {
  return response.locals["userId"] as string;
}
