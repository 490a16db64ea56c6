// Stands between Terraform and the AWS provider, and answers one question from memory.
import http2, { type ClientHttp2Session, type ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";

/**
 * Before each run of a test Terraform has the provider check its configuration, twice, and the provider then goes
 * through the schemas of all its resources (Provider.Validate in terraform-plugin-sdk), which takes longer than the
 * plan of a module. The answer depends on nothing but the question.
 */
const remembered = "/tfplugin5.Provider/PrepareProviderConfig";

/** HTTP/2's default is 64 kB, and the schema of all resources has 40 MB. */
const windowSize = 16 * 1024 * 1024;

/** @param socket where the provider listens @param own where Terraform attaches @returns how to stop it */
export async function startProviderProxy(socket: string, own: string): Promise<() => void> {
  const answers = new Map<string, Buffer>();
  const provider = http2.connect("http://provider", {
    createConnection: () => connect(socket),
    settings: { initialWindowSize: windowSize },
  });
  provider.on("connect", () => provider.setLocalWindowSize(windowSize));
  const server = http2.createServer({ settings: { initialWindowSize: windowSize } });
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    if (headers[":path"] === remembered) void remember(stream, headers, provider, answers);
    else forward(stream, headers, provider);
  });
  await new Promise<void>((resolve) => server.listen(own, resolve));
  return () => {
    provider.destroy();
    server.close();
  };
}

function forward(stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders, provider: ClientHttp2Session): void {
  const call = provider.request(withoutConnection(headers));
  stream.pipe(call);
  stream.on("close", () => call.close());
  answer(stream, call);
}

/** Passes on headers, messages and trailers, in which gRPC reports the outcome. */
function answer(stream: ServerHttp2Stream, call: http2.ClientHttp2Stream): void {
  let trailers: http2.IncomingHttpHeaders = {};
  call.on("error", () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  call.on("trailers", (received) => (trailers = received));
  call.on("response", (received, flags) => {
    const isOnlyTrailers = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (stream.closed) return;
    stream.respond(received, { waitForTrailers: !isOnlyTrailers, endStream: isOnlyTrailers });
    if (isOnlyTrailers) return;
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    call.pipe(stream);
  });
}

async function remember(
  stream: ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  provider: ClientHttp2Session,
  answers: Map<string, Buffer>,
): Promise<void> {
  const question = await allOf(stream);
  const key = question.toString("base64");
  const known = answers.get(key);
  if (known) {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(known);
    return;
  }
  const call = provider.request(withoutConnection(headers));
  const isFine = new Promise<boolean>((resolve) => {
    call.on("trailers", (trailers) => resolve(trailers["grpc-status"] === "0"));
    call.on("close", () => resolve(false));
  });
  const received: Buffer[] = [];
  call.on("data", (chunk: Buffer) => received.push(chunk));
  answer(stream, call);
  call.end(question);
  if (await isFine) answers.set(key, Buffer.concat(received));
}

async function allOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const withoutConnection = ({ host: _host, ...headers }: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders =>
  headers;
