// Signed tokens (JWT, HS256) that say who someone is for twelve hours.
import type { Request } from "express";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Alternate } from "../../config.ts";
import { ApiError } from "../../http/errors.ts";

export const tokenLifetime = 12 * 3600;
const claims = { issuer: "rainbow-seeker", audience: "rainbow-seeker-api" };

/** The user behind a request. */
export interface Caller {
  userId: string;
}

export interface Tokens {
  issue(userId: string): Promise<string>;
  /** Undefined without a token; refuses one that is not valid. */
  callerOf(request: Request): Promise<Caller | undefined>;
}

export interface TokenSecrets {
  secret: string;
  /** Tokens that were signed with one of these are valid too. */
  alternates: Alternate[];
}

const keyOf = (secret: string) => new TextEncoder().encode(secret);

export function createTokens({ secret, alternates }: TokenSecrets, now: () => Date): Tokens {
  const key = keyOf(secret);
  const others = alternates.map(({ value, until }) => ({ key: keyOf(value), until }));
  /** A task may run longer than a secret is to be accepted. */
  const validKeys = () => [key, ...others.filter(({ until }) => !until || now() < until).map((other) => other.key)];
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
    callerOf: async (request) => {
      const header = request.get("authorization");
      if (header === undefined) return undefined;
      const token = /^Bearer (\S+)$/.exec(header)?.[1];
      const userId = token ? await subjectOf(token, validKeys()) : undefined;
      if (userId === undefined) throw new ApiError("not-logged-in");
      return { userId };
    },
  };
}

async function subjectOf(token: string, keys: Uint8Array[]): Promise<string | undefined> {
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, { ...claims, algorithms: ["HS256"] })).payload.sub;
    } catch (error) {
      // Only another signature may be that of the next key.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
    }
  }
  return undefined;
}
