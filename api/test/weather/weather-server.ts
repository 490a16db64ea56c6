// A weather service of the tests: a real HTTP server, which can also be slow, broken, or talk nonsense. What it answers
// has the shape of the provider's answers; the values are made up.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../running-api.ts";

export type Handler = (url: URL, response: ServerResponse, request: IncomingMessage) => void;

export interface WeatherServer {
  origin: string;
  /** Paths with queries, in the order in which they came. */
  asked: string[];
  answer: Handler;
  close(): Promise<void>;
}

export async function weatherServer(answer: Handler = () => {}): Promise<WeatherServer> {
  const asked: string[] = [];
  const state: WeatherServer = { origin: "", asked, answer, close: async () => {} };
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    state.answer(new URL(request.url ?? "", "http://weather"), response, request);
  });
  state.origin = await listen(server);
  state.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return state;
}

export const json =
  (body: unknown, status = 200): Handler =>
  (_url, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

/** What can go wrong with any of them, and what is made of it. */
export const troubles: Record<string, { answer: Handler; reason: string }> = {
  "never answers": { answer: () => {}, reason: "timeout" },
  "stops in the middle": { answer: (_url, response) => void response.writeHead(200).write('{"a":'), reason: "timeout" },
  "cuts the connection": { answer: (_url, _response, request) => request.socket.destroy(), reason: "unreachable" },
  "answers 500": { answer: json({ error: "broken" }, 500), reason: "unreachable" },
  "answers a page": { answer: (_url, response) => response.end("<html>maintenance</html>"), reason: "garbage" },
  "answers nothing": { answer: (_url, response) => response.end(), reason: "garbage" },
  "answers null": { answer: json(null), reason: "garbage" },
  "answers a list": { answer: json([]), reason: "garbage" },
  "answers another object": {
    answer: json({ data: [{ dt: "soon" }], current: 1, hourly: [], forecast: {} }),
    reason: "garbage",
  },
  "answers without an end": { answer: (_url, response) => flood(response), reason: "garbage" },
  "sends elsewhere": {
    answer: (_url, response) => response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end(),
    reason: "unreachable",
  },
};

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 32);
  const more = () => {
    if (!response.destroyed && response.write(chunk)) setImmediate(more);
  };
  response.on("drain", more);
  more();
}
