// Access tokens of Google for a service account: a JWT that its key signs is exchanged for one that lasts an hour.
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
import { SignJWT } from "jose";
import { z } from "zod";
import { post } from "./post.ts";
import { PushError } from "./push-error.ts";
import type { ServiceAccount } from "./service-account.ts";

export const tokenOrigin = "https://oauth2.googleapis.com";
const audience = "https://oauth2.googleapis.com/token";
const scope = "https://www.googleapis.com/auth/firebase.messaging";
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds: no longer is allowed. */
const lifetime = 3600;
/** Seconds before its end from which a token is not used for another message. */
const margin = 300;

const granted = z.looseObject({ access_token: z.string().min(1).max(8192), expires_in: z.number().positive() });
const refused = z.looseObject({ error: z.string().max(100) });

export interface AccessTokens {
  /** The same one until shortly before its end; many who ask at once are one request. @throws PushError */
  get(): Promise<string>;
  /** Of a token that was refused. */
  forget(token: string): void;
}

export function createAccessTokens(parts: {
  account: ServiceAccount;
  origin: string;
  timeout: number;
  now: () => Date;
}): AccessTokens {
  const { account, origin, timeout, now } = parts;
  let current: { token: string; until: number } | undefined;
  let underWay: Promise<string> | undefined;

  async function exchange(): Promise<string> {
    const seconds = Math.floor(now().getTime() / 1000);
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: account.keyId })
      .setIssuer(account.clientEmail)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetime)
      .sign(account.privateKey);
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const body = new URLSearchParams({ grant_type: grant, assertion }).toString();
    const { status, json, retryAfter } = await post({ url: `${origin}/token`, headers, body, timeout, now }).catch(
      (error: PushError) => {
        // Whatever became of this request, no message has been sent.
        throw new PushError("unavailable", error.message);
      },
    );
    if (status === 429) throw new PushError("quota", "Google gives no access token for now.", { retryAfter });
    if (status >= 500) throw new PushError("unavailable", `Google's tokens answered ${status}.`, { retryAfter });
    if (status >= 400) {
      const code = refused.safeParse(json).data?.error ?? "no reason";
      throw new PushError("credentials", `Google does not accept the key of the service account: ${status}, ${code}.`);
    }
    const answer = granted.safeParse(json);
    if (!answer.success) throw new PushError("garbage", "Google's tokens answered something else than documented.");
    const { access_token: token, expires_in: expiresIn } = answer.data;
    current = { token, until: (seconds + expiresIn - margin) * 1000 };
    return token;
  }

  return {
    get: async () => {
      if (current && now().getTime() < current.until) return current.token;
      underWay ??= exchange().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    forget: (token) => {
      if (current?.token === token) current = undefined;
    },
  };
}
