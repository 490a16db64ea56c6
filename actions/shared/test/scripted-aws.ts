// AWS as a script: an HTTP server that answers the SDK's calls with what a test says, and remembers them.
// Real clients talk to it, so that serialisation, retries and errors are the real ones.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerInXml, errorInXml, parseForm } from "./scripted-query.ts";

export interface Call {
  /** "ecs:DescribeServices" */
  action: string;
  input: any;
}

/** An error as AWS sends it; anything else that a handler returns is the answer. */
export class AwsError {
  readonly code: string;
  readonly message: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    this.code = code;
    this.message = message;
    this.status = status;
  }
}

/** What comes back when something on the way breaks. */
export const cutConnection = Symbol("the connection is reset");
export const garbage = Symbol("an answer that nobody can read");

export const silence = Symbol("no answer at all");

export type Handlers = Record<string, (input: any, call: number) => unknown>;

const prefixes: Record<string, string> = {
  AmazonEC2ContainerServiceV20141113: "ecs",
  Logs_20140328: "logs",
  AmazonEC2ContainerRegistry_V20150921: "ecr",
  AmazonSSM: "ssm",
  AnyScaleFrontendService: "application-autoscaling",
  CodeDeploy_20141006: "codedeploy",
  GraniteServiceVersion20100801: "cloudwatch",
};

/** By JSON with a target, or else by a form. */
function parse(target: string | undefined, body: string): Call {
  if (target === undefined) return parseForm(body);
  const [prefix = "", operation] = target.split(".");
  return { action: `${prefixes[prefix] ?? prefix}:${operation}`, input: JSON.parse(body || "{}") };
}

export class ScriptedAws {
  readonly calls: Call[] = [];
  handlers: Handlers;
  private readonly server: Server;

  private constructor(handlers: Handlers) {
    this.handlers = handlers;
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const target = request.headers["x-amz-target"];
      const { action, input } = parse(
        target === undefined ? undefined : String(target),
        Buffer.concat(chunks).toString(),
      );
      const count = this.calls.filter((call) => call.action === action).length;
      this.calls.push({ action, input });
      const answer =
        this.handlers[action]?.(input, count) ??
        new AwsError("UnscriptedCall", `The test has no answer for ${action}`, 400);
      if (answer === silence) return;
      if (answer === cutConnection) return void request.socket.destroy();
      if (answer === garbage)
        return void response
          .writeHead(200, { "content-type": "application/x-amz-json-1.1" })
          .end('{"services": [{"serv');
      const failed = answer instanceof AwsError;
      const isXml = target === undefined;
      response.writeHead(failed ? answer.status : 200, {
        "content-type": isXml ? "text/xml" : "application/x-amz-json-1.1",
        date: new Date(Date.now() + this.clockSkew).toUTCString(),
      });
      if (isXml) return void response.end(failed ? errorInXml(answer) : answerInXml(action, answer as object));
      response.end(JSON.stringify(failed ? { __type: answer.code, message: answer.message } : answer));
    });
  }

  static async start(handlers: Handlers): Promise<ScriptedAws> {
    const aws = new ScriptedAws(handlers);
    await new Promise<void>((resolve) => aws.server.listen(0, "127.0.0.1", resolve));
    return aws;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Milliseconds that the clock of AWS is ahead. */
  clockSkew = 0;

  /** Settings of a real SDK client that talks to this script. */
  get client(): {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  } {
    return {
      endpoint: this.url,
      region: "ap-northeast-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    };
  }

  count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  last(action: string): any {
    return this.calls.findLast((call) => call.action === action)?.input;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A clock that moves only when someone sleeps. */
export function simulatedClock(start = Date.parse("2026-01-01T00:00:00Z")): {
  now(): number;
  sleep(ms: number): Promise<void>;
} {
  let time = start;
  return {
    now: () => time,
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
  };
}
