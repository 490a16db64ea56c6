// Firebase Cloud Messaging, HTTP v1: one message to one device.
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages; errors:
// https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
import { z } from "zod";
import { createAccessTokens, tokenOrigin } from "./access-token.ts";
import { post, type Posted } from "./post.ts";
import { PushError, type PushFailure } from "./push-error.ts";
import type { ServiceAccount } from "./service-account.ts";
import type { Text } from "./texts.ts";

export const fcmOrigin = "https://fcm.googleapis.com";

export interface Message {
  /** Of the device. */
  token: string;
  text: Text;
  /** For the app. */
  data: Record<string, string>;
  /** A message that comes twice is shown once. */
  id: string;
}

export interface Fcm {
  /** `unregistered`: the token is of no use any more. @throws PushError */
  send(message: Message): Promise<"sent" | "unregistered">;
}

/** Seconds: later it is other weather. */
const lifetime = 1800;
/** Milliseconds for an answer. */
const answerWithin = 10_000;

const refusal = z.looseObject({
  error: z.looseObject({
    status: z.string().max(100).optional(),
    message: z.string().optional(),
    details: z.array(z.looseObject({ "@type": z.string().optional() })).optional(),
  }),
});
const ofFcm = z.looseObject({
  "@type": z.literal("type.googleapis.com/google.firebase.fcm.v1.FcmError"),
  errorCode: z.string().max(100),
});
const ofFields = z.looseObject({
  "@type": z.literal("type.googleapis.com/google.rpc.BadRequest"),
  fieldViolations: z.array(z.looseObject({ field: z.string() })),
});

export function createFcm(parts: {
  projectId: string;
  account: ServiceAccount;
  now: () => Date;
  /** Other hosts that answer like Google's. */
  origins?: { fcm: string; token: string };
  timeout?: number;
}): Fcm {
  const { projectId, account, now, origins = { fcm: fcmOrigin, token: tokenOrigin }, timeout = answerWithin } = parts;
  const tokens = createAccessTokens({ account, origin: origins.token, timeout, now });
  const url = `${origins.fcm}/v1/projects/${encodeURIComponent(projectId)}/messages:send`;

  async function ask(message: Message): Promise<Posted> {
    const body = JSON.stringify({ message: messageOf(message, now()) });
    for (let attempt = 1; ; attempt += 1) {
      const token = await tokens.get();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" };
      const answer = await post({ url, headers, body, timeout, now });
      const isTokenRefused = answer.status === 401 && codeIn(answer) !== "THIRD_PARTY_AUTH_ERROR";
      if (!isTokenRefused) return answer;
      // Tokens can end before their time; a new one that is refused too is a matter of the key.
      tokens.forget(token);
      if (attempt === 2) return answer;
    }
  }

  return {
    send: async (message) => {
      const answer = await ask(message);
      if (answer.status === 200) return "sent";
      if (isTokenGone(answer)) return "unregistered";
      throw failureOf(answer);
    },
  };
}

function messageOf({ token, text, data, id }: Message, now: Date): object {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    token,
    notification: text,
    data,
    android: { priority: "HIGH", ttl: `${lifetime}s`, collapse_key: "rainbow", notification: { tag: id } },
    apns: {
      headers: { "apns-priority": "10", "apns-expiration": String(seconds + lifetime), "apns-collapse-id": id },
      payload: { aps: { sound: "default" } },
    },
    webpush: { headers: { TTL: String(lifetime), Urgency: "high" }, notification: { tag: id } },
  };
}

const errorIn = ({ json }: Posted) => refusal.safeParse(json).data?.error;
const detailIn = <T>(answer: Posted, schema: z.ZodType<T>): T | undefined =>
  errorIn(answer)
    ?.details?.map((detail) => schema.safeParse(detail).data)
    .find((detail) => detail !== undefined);
/** FCM's own, which says more than the status. */
const codeIn = (answer: Posted): string | undefined => detailIn(answer, ofFcm)?.errorCode;

/**
 * A token that never was one is reported like any other value that is not valid: it is told from a message of ours that
 * is not by the field, or by the words of the documentation's example. A 404 without a code of FCM is about the project.
 */
function isTokenGone(answer: Posted): boolean {
  const code = codeIn(answer);
  if (answer.status === 404) return code === "UNREGISTERED";
  if (answer.status !== 400 || code !== "INVALID_ARGUMENT") return false;
  const fields = detailIn(answer, ofFields)?.fieldViolations.map(({ field }) => field) ?? [];
  if (fields.length > 0) return fields.every((field) => field === "message.token");
  return /\bregistration token\b/i.test(errorIn(answer)?.message ?? "");
}

const reasons: Record<string, PushFailure> = {
  QUOTA_EXCEEDED: "quota",
  UNAVAILABLE: "unavailable",
  INTERNAL: "unavailable",
  SENDER_ID_MISMATCH: "sender-mismatch",
  THIRD_PARTY_AUTH_ERROR: "third-party-auth",
  INVALID_ARGUMENT: "invalid-message",
};

function failureOf(answer: Posted): PushError {
  const { status, retryAfter } = answer;
  const code = codeIn(answer);
  const known = code === undefined ? undefined : reasons[code];
  const said = [status, code ?? errorIn(answer)?.status].filter((part) => part !== undefined).join(", ");
  return new PushError(known ?? reasonOf(status), `FCM answered ${said}.`, { retryAfter });
}

function reasonOf(status: number): PushFailure {
  if (status === 429) return "quota";
  if (status >= 500) return "unavailable";
  if (status === 400) return "invalid-message";
  // Of the project: 404 too.
  return status === 401 || status === 403 || status === 404 ? "credentials" : "garbage";
}
