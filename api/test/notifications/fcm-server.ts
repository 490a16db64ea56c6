// Firebase Cloud Messaging and Google's tokens, for the tests: a real HTTP server that refuses what their documentation
// says is refused, and can be told to be slow, busy or broken.
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages and …/ErrorCode;
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { jwtVerify } from "jose";
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

/** @returns what is wrong with a message, undefined if nothing is. */
export function problemOf(body: any): unknown {
  const { message, ...others } = body ?? {};
  const unknown = Object.keys(others).find((name) => name !== "validate_only");
  if (unknown) return badField(unknown, "Unknown name");
  if (typeof message !== "object" || message === null) return badField("message", "is missing");
  const known = [
    "name",
    "data",
    "notification",
    "android",
    "webpush",
    "apns",
    "fcm_options",
    "token",
    "topic",
    "condition",
  ];
  const stranger = Object.keys(message).find((name) => !known.includes(name));
  if (stranger) return badField(`message.${stranger}`, "Unknown name");
  const targets = ["token", "topic", "condition"].filter((name) => message[name] !== undefined);
  if (targets.length !== 1) return badField("message", "Exactly one target is needed");
  for (const [name, value] of Object.entries(message.data ?? {})) {
    if (typeof value !== "string") return badField(`message.data[0].value`, "TYPE_STRING");
    if (/^(from|message_type)$|^(google|gcm)/.test(name)) return badField("message.data", `${name} is reserved`);
  }
  for (const [name, value] of Object.entries(message.notification ?? {}))
    if (!["title", "body", "image"].includes(name) || typeof value !== "string" || value === "")
      return badField(`message.notification.${name}`, "TYPE_STRING");
  const { priority, ttl, ...android } = message.android ?? {};
  if (priority !== undefined && !["NORMAL", "HIGH"].includes(priority))
    return badField("message.android.priority", "enum");
  const seconds = /^(\d+)(\.\d{1,9})?s$/.exec(ttl ?? "0s")?.[1];
  if (seconds === undefined || Number(seconds) > 2_419_200) return badField("message.android.ttl", "duration");
  if (
    Object.keys(android).some(
      (name) => !["collapse_key", "notification", "data", "restricted_package_name"].includes(name),
    )
  )
    return badField("message.android", "Unknown name");
  const headers = { ...message.apns?.headers, ...message.webpush?.headers };
  if (Object.values(headers).some((value) => typeof value !== "string"))
    return badField("message.headers", "TYPE_STRING");
  if (Buffer.byteLength(message.apns?.headers?.["apns-collapse-id"] ?? "") > 64)
    return badField("message.apns.headers", "apns-collapse-id");
  if (Buffer.byteLength(JSON.stringify({ ...message.notification, ...message.data })) > 4096)
    return { error: { code: 400, message: "Request contains an invalid argument.", status: "INVALID_ARGUMENT" } };
  return undefined;
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
