// From an empty machine to a running system; and a change that breaks api must not replace the running version.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { chromium } from "playwright-core";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { artefactsDir, awsClient, root, serviceUrl, stateDir } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { browserArguments } from "../lib/browser.ts";
import { npm, service, status, timed, tryNpm } from "./commands.ts";

export async function starts(): Promise<string> {
  let output = "";
  const time = await timed(async () => {
    output = await npm("start");
  });
  for (const text of ["chance of a rainbow", "recorded", "read back", serviceUrl, "Next:"])
    assert.ok(output.includes(text), `npm start does not print "${text}"`);
  return time;
}

async function getJson(path: string): Promise<any> {
  const response = await fetch(`${serviceUrl}${path}`);
  assert.equal(response.status, 200, `${path} responds with ${response.status}`);
  return response.json();
}

export async function responds(): Promise<void> {
  const { services } = await status();
  assert.deepEqual(
    services.map(({ name, desired, healthy }) => [name, desired, healthy]),
    [
      ["api", 3, 3],
      ["ml", 1, 1],
    ],
  );
  assert.equal((await getJson("health")).status, "ok");
  const [api, ml] = [await service("api"), await service("ml")];
  assert.equal((await getJson("version")).commit, api.version);
  assert.equal((await getJson("ready")).checks.ml.version, ml.version);
  await demonstratePrediction();
  await demonstrateSighting();
}

/** The URL of `npm run status` opens in a browser and shows the running versions. */
export async function servesPage(): Promise<string> {
  const { url, services } = await status();
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: browserArguments,
  });
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const external: string[] = [];
    page.on(
      "request",
      (request) =>
        new URL(request.url()).host !== new URL(url).host &&
        !request.url().startsWith("data:") &&
        external.push(request.url()),
    );
    await page.goto(url, { waitUntil: "networkidle" });
    const text = await page.locator("body").innerText();
    for (const { version } of services)
      assert.ok(text.includes(version.slice(0, 12)), `the page does not show version ${version}:\n${text}`);
    assert.equal(await page.locator("figure svg").count(), 1);
    assert.equal(await page.locator(".away").count(), 0, text);
    assert.deepEqual(external, []);
    await mkdir(artefactsDir, { recursive: true });
    await page.screenshot({ path: join(artefactsDir, "page-local.png"), fullPage: true });
    // Its links work below the load balancer's path too; those of credits lead elsewhere.
    const links = await page
      .locator("a:not(.attribution a, #map a)")
      .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href));
    for (const link of links) {
      assert.ok(link.startsWith(url), `${link} leads out of ${url}`);
      assert.equal((await fetch(link)).status, 200, link);
    }
  } finally {
    await browser.close();
  }
  return "artefacts/page-local.png";
}

/** From a phone into the bucket, and from there onto the map: S3 takes the file at the address that it signed. */
export async function keepsPhoto(): Promise<void> {
  const call = async (path: string, token?: string, body?: object): Promise<any> => {
    const response = await fetch(`${serviceUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body ?? {}),
    });
    const answer = (await response.json()) as { data: unknown };
    assert.ok(response.ok, `${path} responds with ${response.status}: ${JSON.stringify(answer)}`);
    return answer.data;
  };
  const account = { email: `${randomUUID()}@rainbow.example`, password: randomUUID(), displayName: "Hiker" };
  const { token } = await call("api/auth/register", undefined, account);
  const seen = { lat: 36.11, lon: 137.95, seenAt: new Date().toISOString(), intensity: 4 };
  const { id } = await call("api/sightings", token, seen);
  const file = await readFile(join(root, "docs/images/page.png"));
  const announced = { type: "image/png", bytes: file.length };
  const { id: photo, upload } = await call(`api/sightings/${id}/photos`, token, announced);
  const sent = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: new Uint8Array(file) });
  assert.equal(sent.status, 200, `the bucket answers ${sent.status}: ${await sent.text()}`);
  const { thumbnail, width } = await call(`api/photos/${photo}/complete`, token);
  assert.ok(width > 0);
  const shown = await fetch(`${serviceUrl}${thumbnail.slice(1)}`);
  const content = Buffer.from(await shown.arrayBuffer());
  assert.deepEqual([shown.status, shown.headers.get("content-type")], [200, "image/webp"]);
  assert.equal(content.toString("latin1", 8, 12), "WEBP");
  assert.equal((await getJson(`api/sightings/${id}`)).data.photos[0].id, photo);
  assert.deepEqual((await getJson("ready")).checks.photos, { ok: true, required: false, provider: "s3" });
}

export async function rejectsBrokenApi(): Promise<void> {
  const before = await service("api");
  const main = join(root, "api/src/main.ts");
  const original = await readFile(main, "utf8");
  await writeFile(main, 'console.error("the flux capacitor is missing");\nprocess.exitCode = 42;\n');
  try {
    const { code, stderr } = await tryNpm("start");
    assert.equal(code, 1, "the broken api was deployed");
    for (const text of [
      "rainbow-seeker-api-local",
      "container api exited with code 42",
      "the flux capacitor is missing",
      "Currently running",
    ]) {
      assert.ok(stderr.includes(text), `the failed deployment does not report "${text}":\n${stderr}`);
    }
  } finally {
    await writeFile(main, original);
  }
  assert.equal((await service("api")).version, before.version);
  assert.equal((await getJson("version")).commit, before.version);
}

/** Secrets generated by Terraform are in no log, state file, image or process list. */
export async function secretsStaySecret(): Promise<void> {
  const ssm = new SSMClient(awsClient);
  const names = ["db-password", "backup-password", "jwt-secret", "redis-auth-token"].map(
    (name) => `/rainbow-seeker/local/${name}`,
  );
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: names, WithDecryption: true }));
  assert.equal(Parameters.length, names.length);
  const files = ["workflow.log", "terraform.log", "terraform.tfstate"].map((name) =>
    readFile(join(stateDir, name), "utf8"),
  );
  const images = (await status()).services.map(({ image }) => run(["docker", "history", "--no-trunc", image]));
  const texts = await Promise.all([...files, ...images, run(["ps", "-eo", "args"])]);
  for (const { Name, Value = "" } of Parameters) {
    assert.ok(Value.length >= 32, `${Name} is too short to be a secret`);
    assert.ok(!texts.some((text) => text.includes(Value)), `${Name} is exposed`);
  }
}
