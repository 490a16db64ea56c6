// Signed tokens (JWT, HS256) that say who someone is for twelve hours, or until their session ends.
import type { Request } from "express";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Alternate } from "../../config.ts";
import type { Database } from "../../database.ts";
import { ApiError } from "../../http/errors.ts";
import { isCurrent } from "./sessions.ts";

export const tokenLifetime = 12 * 3600;
const claims = { issuer: "rainbow-seeker", audience: "rainbow-seeker-api" };

/** The user behind a request. */
export interface Caller {
  userId: string;
  /** Undefined for tokens of builds that had no sessions. */
  sessionId: string | undefined;
}

export interface Tokens {
  issue(session: { userId: string; sessionId: string }): Promise<string>;
  /** Undefined without a token; refuses one that is not valid. */
  callerOf(request: Request): Promise<Caller | undefined>;
}

export interface TokenSecrets {
  secret: string;
  /** Tokens that were signed with one of these are valid too. */
  alternates: Alternate[];
}

const keyOf = (secret: string) => new TextEncoder().encode(secret);
const payload = z.object({ sub: z.uuid(), sid: z.uuid().optional(), iat: z.number() });

export function createTokens(parts: { secrets: TokenSecrets; database: Database; now: () => Date }): Tokens {
  const { secrets, database, now } = parts;
  const key = keyOf(secrets.secret);
  const others = secrets.alternates.map(({ value, until }) => ({ key: keyOf(value), until }));
  /** A task may run longer than a secret is to be accepted. */
  const validKeys = () => [key, ...others.filter(({ until }) => !until || now() < until).map((other) => other.key)];
  return {
    issue: ({ userId, sessionId }) =>
      new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(userId)
        .setIssuer(claims.issuer)
        .setAudience(claims.audience)
        .setIssuedAt()
        .setExpirationTime(`${tokenLifetime} s`)
        .sign(key),
    callerOf: async (request) => {
      const header = request.get("authorization");
      if (header === undefined) return undefined;
      const token = /^Bearer (\S+)$/.exec(header)?.[1];
      const verified = payload.safeParse(token && (await payloadOf(token, validKeys())));
      if (!verified.success) throw new ApiError("not-logged-in");
      const { sub: userId, sid: sessionId, iat: issuedAt } = verified.data;
      if (!(await isCurrent(database, { userId, sessionId, issuedAt }))) throw new ApiError("not-logged-in");
      return { userId, sessionId };
    },
  };
}

async function payloadOf(token: string, keys: Uint8Array[]): Promise<JWTPayload | undefined> {
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, { ...claims, algorithms: ["HS256"], requiredClaims: ["exp"] })).payload;
    } catch (error) {
      // Only another signature may be that of the next key.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
    }
  }
  return undefined;
}
