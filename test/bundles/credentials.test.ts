// Where a runner or a task gets credentials from: each way is code that a bundle loads only when it is needed.
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runBundle } from "../lib/run-bundle.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

let server: Server;
let url: string;
/** Access keys that signed the calls to ECS. */
let signers: string[];
/** Regions that they were signed for. */
let regions: string[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await textOf(request);
    const { authorization = "" } = request.headers;
    if (request.headers["x-amz-target"]?.includes("ContainerService")) {
      const [, signer = "none", region = "none"] = /Credential=(\w+)\/\d+\/([\w-]+)\//.exec(authorization) ?? [];
      signers.push(signer);
      regions.push(region);
      return response.end('{"services": [], "failures": [{"reason": "MISSING"}]}');
    }
    const action = new URLSearchParams(body).get("Action");
    if (action) return response.setHeader("content-type", "text/xml").end(assumed(action));
    if (request.url === "/container" && authorization === "token of the task") return response.end(keysOf("CONTAINER"));
    if (request.url === "/latest/api/token") return response.end("token of the instance");
    if (request.url === "/latest/meta-data/iam/security-credentials/") return response.end("role");
    if (request.url === "/latest/meta-data/iam/security-credentials/role") return response.end(keysOf("INSTANCE"));
    return response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const end = "2100-01-01T00:00:00Z";

const keysOf = (id: string): string =>
  JSON.stringify({ Code: "Success", AccessKeyId: id, SecretAccessKey: "secret", Token: "token", Expiration: end });

const assumed = (action: string): string =>
  `<${action}Response><${action}Result><Credentials><AccessKeyId>${action.toUpperCase()}</AccessKeyId>` +
  `<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${end}</Expiration>` +
  `</Credentials></${action}Result></${action}Response>`;

interface Way {
  environment?: Record<string, string>;
  /** Text of the configuration file, for the profile `ci`. */
  profile?: string;
  signer: string;
}

const keys = "aws_access_key_id = PROFILE\naws_secret_access_key = secret";
const role = "arn:aws:iam::123456789012:role/ci";
const ways: Record<string, Way> = {
  "the environment": {
    environment: { AWS_ACCESS_KEY_ID: "ENVIRONMENT", AWS_SECRET_ACCESS_KEY: "secret" },
    signer: "ENVIRONMENT",
  },
  "keys of a profile": { profile: keys, signer: "PROFILE" },
  "a program": {
    profile: `credential_process = printf '{"Version": 1, "AccessKeyId": "PROGRAM", "SecretAccessKey": "secret"}'`,
    signer: "PROGRAM",
  },
  "a role of a profile": {
    profile: `role_arn = ${role}\nsource_profile = base\n[profile base]\naws_access_key_id = BASE\naws_secret_access_key = secret`,
    signer: "ASSUMEROLE",
  },
  "a web identity": {
    environment: { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: "identity" },
    signer: "ASSUMEROLEWITHWEBIDENTITY",
  },
  "the container": {
    environment: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "/container",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "token of the task",
    },
    signer: "CONTAINER",
  },
  "the container, with its token in a file": {
    environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "/container", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "task" },
    signer: "CONTAINER",
  },
  "the instance": { signer: "INSTANCE" },
};

it.each(Object.entries(ways))("%s signs the calls", async (_name, { environment = {}, profile, signer }) => {
  signers = [];
  regions = [];
  const folder = makeTestFolder("credentials-");
  const config = join(folder, "config");
  writeFileSync(config, `[profile ci]\n${profile ?? ""}\n`);
  writeFileSync(join(folder, "identity"), "token");
  writeFileSync(join(folder, "task"), "token of the task");
  const given = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      name.endsWith("_FILE") ? join(folder, value) : name.endsWith("_URI") ? url + value : value,
    ]),
  );
  const { text } = await runBundle("rollback", {
    inputs: { service: "api" },
    environment: {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      ...(profile === undefined ? {} : { AWS_PROFILE: "ci" }),
      ...given,
    },
  });
  expect(signers[0], text).toBe(signer);
  expect(text).not.toContain("bug in the action");
});

it("reads the region and the endpoint of a profile", async () => {
  regions = [];
  const folder = makeTestFolder("credentials-");
  const config = join(folder, "config");
  writeFileSync(config, `[profile ci]\n${keys}\nregion = eu-west-1\nendpoint_url = ${url}\n`);
  const { text } = await runBundle("rollback", {
    inputs: { service: "api" },
    environment: { AWS_REGION: undefined, AWS_PROFILE: "ci", AWS_CONFIG_FILE: config },
  });
  expect(regions[0], text).toBe("eu-west-1");
});

it("says what to do where there are none, and about a login by browser", async () => {
  const folder = makeTestFolder("credentials-");
  const config = join(folder, "config");
  writeFileSync(
    config,
    "[profile ci]\nsso_start_url = https://x\nsso_account_id = 1\nsso_region = r\nsso_role_name = x\n",
  );
  const none = {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_ENDPOINT_URL: url,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const withoutAny = await runBundle("rollback", { inputs: { service: "api" }, environment: none });
  expect(withoutAny.text).toContain("aws-actions/configure-aws-credentials");
  const byBrowser = await runBundle("rollback", {
    inputs: { service: "api" },
    environment: { ...none, AWS_CONFIG_FILE: config, AWS_PROFILE: "ci" },
  });
  expect(byBrowser.text).toMatch(/logs in through a browser/);
});
