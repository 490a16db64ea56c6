// Stands between Terraform and processes of the AWS provider: for each configuration one, and what depends on nothing but
// the question is asked once.
import http2, { type ClientHttp2Session, type Http2Session, type ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";

/**
 * Before each run of a test Terraform has the provider check its configuration, twice, and the provider then goes
 * through the schemas of all its resources (Provider.Validate in terraform-plugin-sdk), which takes longer than the
 * plan of a module.
 */
const prepare = "/tfplugin5.Provider/PrepareProviderConfig";
/** The schema of all resources, of which a fraction is passed on (provider-schema.ts). */
const getSchema = "/tfplugin5.Provider/GetSchema";
/** A process of the provider has one configuration, and two regions are two of them. */
const configure = "/tfplugin5.Provider/Configure";

/** HTTP/2's default is 64 kB, and the schema of all resources has 40 MB. */
const windowSize = 16 * 1024 * 1024;

interface Process {
  session: ClientHttp2Session;
  /** The question with which it was configured. */
  configuration?: string;
  /** Connections of Terraform, one for each `provider` block, that rely on that. */
  users: Set<Http2Session>;
  answers: Map<string, Reply>;
}

/**
 * @param socket of a process of the provider
 * @param startProcess starts another one and returns its socket
 * @param own the socket to which Terraform attaches
 * @param shorten makes the answer to GetSchema shorter
 * @returns how to stop it; not the processes
 */
export async function startProviderProxy(
  socket: string,
  startProcess: () => Promise<string>,
  own: string,
  shorten: (answer: Buffer) => Buffer = (answer) => answer,
): Promise<() => void> {
  const first = attachTo(socket);
  const processes = [first];
  const server = http2.createServer({ settings: { initialWindowSize: windowSize } });
  const chosen = new WeakMap<Http2Session, Promise<Process>>();
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    const connection = stream.session as Http2Session;
    const serve = async () => {
      const process = () => chosen.get(connection) ?? first;
      if (headers[":path"] === prepare) return ask(stream, headers, await allOf(stream), await process());
      if (headers[":path"] === getSchema) return ask(stream, headers, await allOf(stream), await process(), shorten);
      if (headers[":path"] !== configure) return forward(stream, headers, (await process()).session);
      const question = await allOf(stream);
      chosen.set(connection, processFor(question.toString("base64"), connection, processes, startProcess));
      return ask(stream, headers, question, await process());
    };
    serve().catch(() => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  });
  await new Promise<void>((resolve) => server.listen(own, resolve));
  return () => {
    for (const { session } of processes) session.destroy();
    server.close();
  };
}

/** One with this configuration, or one that nobody uses, or a new one. */
async function processFor(
  configuration: string,
  connection: Http2Session,
  processes: Process[],
  startProcess: () => Promise<string>,
): Promise<Process> {
  const existing =
    processes.find((one) => one.configuration === configuration) ?? processes.find(({ users }) => users.size === 0);
  const found = existing ?? attachTo(await startProcess());
  if (!existing) processes.push(found);
  if (found.configuration !== configuration) {
    if (found.configuration !== undefined) found.answers.delete(configure + found.configuration);
    found.configuration = configuration;
  }
  found.users.add(connection);
  connection.on("close", () => found.users.delete(connection));
  return found;
}

function attachTo(socket: string): Process {
  const session = http2.connect("http://provider", {
    createConnection: () => connect(socket),
    settings: { initialWindowSize: windowSize },
  });
  session.on("connect", () => session.setLocalWindowSize(windowSize));
  // Its requests fail, each with the error.
  session.on("error", () => undefined);
  return { session, users: new Set(), answers: new Map() };
}

/** Passes on headers, messages and trailers as they come. */
function forward(stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders, session: ClientHttp2Session): void {
  const call = session.request(withoutConnection(headers));
  stream.pipe(call);
  stream.on("close", () => call.close());
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

/** What came back: headers, a message, and trailers, in which gRPC reports the outcome. */
interface Reply {
  headers: http2.IncomingHttpHeaders;
  message: Buffer;
  /** undefined: the headers report the outcome. */
  trailers?: http2.IncomingHttpHeaders;
}

/** Answers from memory, or asks, and remembers what was answered without an error. */
async function ask(
  stream: ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  question: Buffer,
  { session, answers }: Process,
  shorten: (answer: Buffer) => Buffer = (answer) => answer,
): Promise<void> {
  const key = `${headers[":path"]}${question.toString("base64")}`;
  let reply = answers.get(key);
  if (!reply) {
    reply = await replyTo(session, headers, question);
    if (reply.trailers?.["grpc-status"] === "0") {
      reply.message = shorten(reply.message);
      answers.set(key, reply);
    }
  }
  const { trailers, message } = reply;
  if (stream.closed) return;
  stream.respond(reply.headers, { waitForTrailers: trailers !== undefined, endStream: trailers === undefined });
  if (!trailers) return;
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(message);
}

async function replyTo(
  session: ClientHttp2Session,
  headers: http2.IncomingHttpHeaders,
  question: Buffer,
): Promise<Reply> {
  const call = session.request(withoutConnection(headers));
  const reply: Reply = { headers: {}, message: Buffer.alloc(0) };
  call.on("response", (received) => (reply.headers = received));
  call.on("trailers", (received) => (reply.trailers = received));
  call.end(question);
  reply.message = await allOf(call);
  return reply;
}

async function allOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const withoutConnection = ({ host: _host, ...headers }: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders =>
  headers;
