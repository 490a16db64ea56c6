// The proxy between Terraform and the provider, in front of a scripted server that speaks gRPC's HTTP/2.
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeTestFolder } from "../lib/test-folder.ts";
import { startProviderProxy } from "../lib/provider-proxy.ts";

const prepare = "/tfplugin5.Provider/PrepareProviderConfig";
const configure = "/tfplugin5.Provider/Configure";
const plan = "/tfplugin5.Provider/PlanResourceChange";
const cleanUp: (() => void)[] = [];
afterEach(() => cleanUp.splice(0).forEach((one) => one()));

interface Reply {
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  body: Buffer;
}

type Answer = (stream: ServerHttp2Stream, body: Buffer, path: string) => void;

/** A process of the provider; `asked` gets the name of each call. */
async function startProcess(socket: string, answer: Answer, asked: string[]): Promise<string> {
  const server = http2.createServer();
  server.on("stream", async (stream, headers) => {
    const path = headers[":path"] ?? "";
    asked.push(path);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    answer(stream, Buffer.concat(chunks), path);
  });
  cleanUp.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return socket;
}

/** The proxy in front of processes that answer alike; `asked` has what each of them was asked. */
async function start(answer: Answer) {
  const folder = makeTestFolder("provider-proxy-");
  const asked: string[][] = [];
  const another = () => {
    asked.push([]);
    return startProcess(join(folder, `provider-${asked.length}`), answer, asked.at(-1) ?? []);
  };
  const stop = await startProviderProxy(await another(), another, join(folder, "proxy"));
  cleanUp.push(stop);
  return { asked, connection: () => connection(join(folder, "proxy")) };
}

/** As Terraform makes one for each `provider` block. */
function connection(socket: string) {
  const session = http2.connect("http://terraform", { createConnection: () => connect(socket) });
  cleanUp.push(() => session.destroy());
  const close = () => new Promise<void>((resolve) => session.close(resolve));
  const call = (path: string, body: string) =>
    new Promise<Reply>((resolve, reject) => {
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
      const reply: Omit<Reply, "body"> = { headers: {}, trailers: {} };
      const chunks: Buffer[] = [];
      stream.on("response", (headers) => (reply.headers = headers));
      stream.on("trailers", (trailers) => (reply.trailers = trailers));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => resolve({ ...reply, body: Buffer.concat(chunks) }));
      stream.on("error", reject);
      stream.end(body);
    });
  return { call, close };
}

/** An answer as gRPC gives it: headers, a message, and trailers with the outcome. */
function reply(stream: ServerHttp2Stream, body: Buffer | string, status = "0"): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
  stream.end(body);
}

test("a configuration is checked once; the same question gets the same answer", async () => {
  const { asked, connection } = await start((stream, body) => reply(stream, `checked ${body.toString()}`));
  const { call } = connection();
  for (const question of ["Tokyo", "Tokyo", "Osaka", "Tokyo"]) {
    const { body, trailers } = await call(prepare, question);
    expect([body.toString(), trailers["grpc-status"]]).toEqual([`checked ${question}`, "0"]);
  }
  expect(asked).toEqual([[prepare, prepare]]);
});

test("an error of the provider is not remembered", async () => {
  let calls = 0;
  const { connection } = await start((stream) => reply(stream, "", (calls += 1) === 1 ? "14" : "0"));
  const { call } = connection();
  const statuses: unknown[] = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await call(prepare, "Tokyo")).trailers["grpc-status"]);
  expect(statuses).toEqual(["14", "0", "0"]);
  expect(calls).toBe(2);
});

test("two configurations at once are those of two processes", async () => {
  const { asked, connection } = await start((stream, body) => reply(stream, body));
  const [tokyo, virginia] = [connection(), connection()];
  await tokyo.call(configure, "Tokyo");
  await virginia.call(configure, "Virginia");
  await Promise.all([tokyo.call(plan, ""), virginia.call(plan, ""), tokyo.call(plan, "")]);
  expect(asked).toEqual([
    [configure, plan, plan],
    [configure, plan],
  ]);
});

test("a process that is configured as asked is used again, and one that nobody uses is configured anew", async () => {
  const { asked, connection } = await start((stream, body) => reply(stream, body));
  for (const region of ["Tokyo", "Tokyo", "Osaka", "Tokyo"]) {
    const { call, close } = connection();
    await call(configure, region);
    await call(plan, "");
    await close();
  }
  expect(asked).toEqual([[configure, plan, plan, configure, plan, configure, plan]]);
});

test("everything else reaches the provider each time, whatever its length and outcome", async () => {
  const schema = Buffer.alloc(5_000_000, "schema ");
  const { asked, connection } = await start((stream, body, path) => {
    if (path.endsWith("/GetSchema")) return reply(stream, schema);
    if (path.endsWith("/Stop")) return stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true });
    reply(stream, body, "3");
  });
  const { call } = connection();
  expect((await call("/tfplugin5.Provider/GetSchema", "")).body.equals(schema)).toBe(true);
  expect((await call("/tfplugin5.Provider/Stop", "")).headers["grpc-status"]).toBe("12");
  const question = "plan ".repeat(100_000);
  for (let index = 0; index < 2; index += 1) {
    const { body, trailers } = await call(plan, question);
    expect([body.toString() === question, trailers["grpc-status"]]).toEqual([true, "3"]);
  }
  expect(asked.flat()).toHaveLength(4);
});
