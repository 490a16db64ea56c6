// Firebase Cloud Messaging and Google's tokens, for the tests: a real HTTP server that refuses what their documentation
// says is refused, and can be told to be slow, busy or broken.
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages and …/ErrorCode;
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { jwtVerify } from "jose";
import { z } from "zod";
import { serviceAccountKey } from "../../src/features/notifications/service-account.ts";
import { listen } from "../running-api.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const keyFile = {
  type: "service_account",
  project_id: "rainbow-tests",
  private_key_id: "key-1",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  client_email: "sender@rainbow-tests.iam.gserviceaccount.com",
  client_id: "1",
  token_uri: "https://oauth2.googleapis.com/token",
};
const parsed = serviceAccountKey.parse(JSON.stringify(keyFile));
if (!parsed) throw new Error("The key of the tests is none.");
export const account = parsed;

export type Answerer = (message: any, response: ServerResponse, request: IncomingMessage) => void;

export interface FcmServer {
  origins: { fcm: string; token: string };
  /** What was accepted, in the order in which it came. */
  messages: any[];
  /** How often the paths were called. */
  calls: { send: number; token: number };
  /** Access tokens that are valid; each exchange adds one. */
  valid: Set<string>;
  /** Registration tokens that were valid once. */
  unregistered: Set<string>;
  /** Answers instead of the rules, for what passed them; undefined: the rules. */
  answer: Answerer | undefined;
  /** Answers instead of giving an access token. */
  tokenAnswer: ((response: ServerResponse) => void) | undefined;
  expiresIn: number;
  /** Of the JWTs. */
  now: () => Date;
  close(): Promise<void>;
}

export const fcmError = (status: number, errorCode: string, more: { status?: string; message?: string } = {}) => ({
  error: {
    code: status,
    message: more.message ?? "Request was refused.",
    status: more.status ?? errorCode,
    details: [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode }],
  },
});
const badField = (field: string, description: string) => ({
  error: {
    code: 400,
    message: `Invalid value at '${field}': ${description}`,
    status: "INVALID_ARGUMENT",
    details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] }],
  },
});

export const answerWith =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answerer =>
  (_message, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const headers = z.record(z.string(), z.string()).optional();
/** Of the documentation, what these tests need; anything else is refused as an unknown name. */
const target = { token: z.string().min(1).optional(), topic: z.string().optional(), condition: z.string().optional() };
const payload = z.strictObject({
  message: z
    .strictObject({
      ...target,
      notification: z
        .strictObject({ title: z.string().min(1), body: z.string().min(1) })
        .partial()
        .optional(),
      data: z.record(z.string().regex(/^(?!(?:from|message_type)$|google|gcm)/), z.string()).optional(),
      android: z
        .strictObject({
          priority: z.enum(["NORMAL", "HIGH"]),
          ttl: z
            .string()
            .regex(/^\d{1,7}s$/)
            .refine((ttl) => Number.parseInt(ttl, 10) <= 2_419_200),
          collapse_key: z.string(),
          notification: z.strictObject({ tag: z.string() }),
        })
        .partial()
        .optional(),
      apns: z
        .strictObject({ headers, payload: z.record(z.string(), z.unknown()) })
        .partial()
        .refine((apns) => Buffer.byteLength(apns.headers?.["apns-collapse-id"] ?? "") <= 64)
        .optional(),
      webpush: z
        .strictObject({ headers, notification: z.record(z.string(), z.unknown()) })
        .partial()
        .optional(),
    })
    .refine((message) => Object.keys(target).filter((name) => name in message).length === 1),
  validate_only: z.boolean().optional(),
});

/** @returns what is wrong with a request, undefined if nothing is. */
export function problemOf(body: unknown): unknown {
  const { data, error } = payload.safeParse(body);
  const [issue] = error?.issues ?? [];
  if (issue) {
    const names = issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys] : issue.path;
    return badField(names.join("."), issue.message);
  }
  const { notification, data: values } = data?.message ?? {};
  if (Buffer.byteLength(JSON.stringify({ ...notification, ...values })) <= 4096) return undefined;
  return { error: { code: 400, message: "Request contains an invalid argument.", status: "INVALID_ARGUMENT" } };
}

export async function fcmServer(): Promise<FcmServer> {
  const publicKey = createPublicKey(privateKey);
  const state: FcmServer = {
    origins: { fcm: "", token: "" },
    messages: [],
    calls: { send: 0, token: 0 },
    valid: new Set(),
    unregistered: new Set(),
    answer: undefined,
    tokenAnswer: undefined,
    expiresIn: 3599,
    now: () => new Date(),
    close: async () => {},
  };
  const json = (response: ServerResponse, status: number, body: unknown) =>
    answerWith(status, body)(undefined, response, {} as IncomingMessage);

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.calls.token += 1;
    const form = new URLSearchParams(await textOf(request));
    if (state.tokenAnswer) return state.tokenAnswer(response);
    const refuse = (error: string) => json(response, 400, { error, error_description: "refused" });
    if (request.headers["content-type"] !== "application/x-www-form-urlencoded") return refuse("invalid_request");
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
      return refuse("unsupported_grant_type");
    try {
      const { payload, protectedHeader } = await jwtVerify(form.get("assertion") ?? "", publicKey, {
        algorithms: ["RS256"],
        audience: "https://oauth2.googleapis.com/token",
        issuer: keyFile.client_email,
        currentDate: state.now(),
        requiredClaims: ["iat", "exp"],
      });
      const ahead = (payload.iat ?? 0) - state.now().getTime() / 1000;
      if (
        ahead > 300 ||
        (payload.exp ?? 0) - (payload.iat ?? 0) > 3600 ||
        protectedHeader.kid !== keyFile.private_key_id
      )
        return refuse("invalid_grant");
      if (payload["scope"] !== "https://www.googleapis.com/auth/firebase.messaging") return refuse("invalid_scope");
    } catch {
      return refuse("invalid_grant");
    }
    const token = `access-${state.calls.token}`;
    state.valid.add(token);
    return json(response, 200, { access_token: token, expires_in: state.expiresIn, token_type: "Bearer" });
  }

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.calls.send += 1;
    const body = JSON.parse(await textOf(request));
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!state.valid.has(bearer))
      return json(response, 401, { error: { code: 401, message: "No valid credentials.", status: "UNAUTHENTICATED" } });
    const problem = problemOf(body);
    if (problem) return json(response, 400, problem);
    const { message } = body;
    if (state.answer) return state.answer(message, response, request);
    if (state.unregistered.has(message.token))
      return json(response, 404, fcmError(404, "UNREGISTERED", { status: "NOT_FOUND" }));
    state.messages.push(message);
    return json(response, 200, { name: `projects/rainbow-tests/messages/${state.messages.length}` });
  }

  const server = createServer((request, response) => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    if (request.url === "/token") return void exchange(request, response);
    if (request.url === `/v1/projects/${keyFile.project_id}/messages:send`) return void send(request, response);
    return json(response, 404, { error: { code: 404, message: "Not found.", status: "NOT_FOUND" } });
  });
  const origin = await listen(server);
  state.origins = { fcm: origin, token: origin };
  state.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return state;
}
