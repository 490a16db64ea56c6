// The main job: from nothing to a running system; and a change that breaks api must not replace what runs.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { chromium } from "playwright-core";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { artefactsDir, awsClient, root, serviceUrl, stateDir } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { browserArguments } from "../lib/browser.ts";
import { npm, status, timed, tryNpm } from "./commands.ts";

export async function starts(): Promise<string> {
  let output = "";
  const time = await timed(async () => {
    output = await npm("start");
  });
  for (const said of ["chance of a rainbow", "recorded", "read back", serviceUrl, "Next:"])
    assert.ok(output.includes(said), `npm start does not say "${said}"`);
  return time;
}

async function json(path: string): Promise<any> {
  const response = await fetch(`${serviceUrl}${path}`);
  assert.equal(response.status, 200, `${path} answers ${response.status}`);
  return response.json();
}

export async function answers(): Promise<void> {
  const { services } = await status();
  assert.deepEqual(
    services.map(({ name, desired, healthy }) => [name, desired, healthy]),
    [
      ["api", 3, 3],
      ["ml", 1, 1],
    ],
  );
  assert.equal((await json("health")).status, "ok");
  assert.equal((await json("version")).commit, services[0]!.version);
  assert.equal((await json("ready")).checks.ml.version, services[1]!.version);
  await demonstratePrediction();
  await demonstrateSighting();
}

/** The url of `npm run status` opens as it is, and shows the versions that run. */
export async function showsItself(): Promise<string> {
  const { url, services } = await status();
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: browserArguments,
  });
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const elsewhere: string[] = [];
    page.on(
      "request",
      (request) =>
        new URL(request.url()).host !== new URL(url).host &&
        !request.url().startsWith("data:") &&
        elsewhere.push(request.url()),
    );
    await page.goto(url, { waitUntil: "networkidle" });
    const text = await page.locator("body").innerText();
    for (const { version } of services)
      assert.ok(text.includes(version.slice(0, 12)), `the page does not show version ${version}:\n${text}`);
    assert.equal(await page.locator("svg").count(), 1);
    assert.equal(await page.locator(".away").count(), 0, text);
    assert.deepEqual(elsewhere, []);
    await mkdir(artefactsDir, { recursive: true });
    await page.screenshot({ path: join(artefactsDir, "page-local.png"), fullPage: true });
    // Its links lead somewhere, below the load balancer's path too.
    for (const link of await page
      .locator("a")
      .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href)))
      assert.equal((await fetch(link)).status, 200, link);
  } finally {
    await browser.close();
  }
  return "artefacts/page-local.png";
}

export async function brokenIsRefused(): Promise<void> {
  const before = await status();
  const main = join(root, "api/src/main.ts");
  const whole = await readFile(main, "utf8");
  await writeFile(main, 'console.error("the flux capacitor is missing");\nprocess.exitCode = 42;\n');
  try {
    const { code, stderr } = await tryNpm("start");
    assert.equal(code, 1, "the broken api was deployed");
    for (const said of [
      "rainbow-seeker-api-local",
      "container api exited with code 42",
      "the flux capacitor is missing",
      "Currently running",
    ]) {
      assert.ok(stderr.includes(said), `the failed deployment does not say "${said}":\n${stderr}`);
    }
  } finally {
    await writeFile(main, whole);
  }
  const after = await status();
  assert.equal(after.services[0]!.version, before.services[0]!.version);
  assert.equal((await json("version")).commit, before.services[0]!.version);
}

/** The values that Terraform generated: in no log of ours, no state, no image, no process list. */
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
  for (const { Name, Value } of Parameters) {
    assert.ok(Value!.length >= 32, `${Name} is too short to be a secret`);
    assert.ok(!texts.some((text) => text.includes(Value!)), `${Name} can be read where it must not be`);
  }
}
