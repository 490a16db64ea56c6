// @ts-check
// Entry point of every npm script. It is plain JavaScript and starts on Node 20 too:
// it installs the packages and Node 24 if they are missing, then runs scripts/commands/<name>.ts.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "../infra/local/lock.mjs";
import { explainNpmFailure } from "./lib/npm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const cache =
  process.env["RAINBOW_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "rainbow-seeker");
const node24Version = "24.21.0";
const [command = "", ...args] = process.argv.slice(2);

/** @param {string} text printed to stderr, so that `npm run status -- --json` stays machine-readable */
const log = (text) => console.error(`• ${text}`);

/** @param {string} message @param {string} remedy @param {number} [code] @returns {never} */
function fail(message, remedy, code = 1) {
  console.error(`\n✗ ${message}\n→ ${remedy}`);
  process.exit(code);
}

/** By default npm retries after 10 and 60 seconds: too slow to report a missing network. */
const npmRetries = {
  npm_config_fetch_retries: "3",
  npm_config_fetch_retry_mintimeout: "1000",
  npm_config_fetch_retry_factor: "3",
};

/** @param {string[]} npmArgs @param {string} cwd */
async function npm(npmArgs, cwd) {
  const env = { ...npmRetries, ...process.env };
  const child = spawn("npm", npmArgs, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.on("close", resolve);
    child.on("error", () => resolve(127));
  });
  if (code === 0) return;
  const { reason, remedy } = explainNpmFailure(output, process.env);
  fail(`npm ${npmArgs[0]} in ${cwd} failed with exit code ${code}: ${reason}`, remedy);
}

/** @param {string} folder whose packages are installed, unless those of its current lock file already are */
async function ensurePackages(folder) {
  const cwd = join(root, folder);
  const lockHash = createHash("sha256")
    .update(readFileSync(join(cwd, "package-lock.json")))
    .digest("hex");
  const stamp = join(cwd, "node_modules/.installed-lock");
  const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash;
  if (installed()) return;
  await withLock(root, { command: `npm run ${command}`, log }, async () => {
    if (installed()) return;
    log(`installing packages of ${folder === "" ? "the toolkit" : folder} (npm ci)`);
    await npm(["ci", "--no-audit", "--no-fund"], cwd);
    writeFileSync(stamp, lockHash);
  });
}

/** Path of a Node 24 binary: this process's, or one from the npm registry in the user's cache. */
async function ensureNode24() {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  const prefix = join(cache, `node-${node24Version}`);
  const binary = join(prefix, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(binary)) return binary;
  await withLock(cache, { command: "installation of Node 24", log }, async () => {
    if (existsSync(binary)) return;
    log(`installing Node ${node24Version} into ${prefix} (this is Node ${process.versions.node})`);
    // Renamed once complete, so that an interrupted installation is never used.
    const partial = `${prefix}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await npm(
      ["install", "--prefix", partial, "--no-save", `node-${process.platform}-${process.arch}@${node24Version}`],
      partial,
    );
    renameSync(partial, prefix);
  });
  return binary;
}

const commands = readdirSync(join(root, "scripts/commands")).map((file) => file.replace(/\.ts$/, ""));
if (!commands.includes(command)) fail(`Unknown command "${command}".`, `Known: ${commands.join(", ")}.`, 2);
if (process.platform !== "linux" || process.arch !== "x64") {
  fail(
    `This machine is ${process.platform} on ${process.arch}; the local AWS needs Linux on x64.`,
    "Use a Linux x64 machine or a virtual machine; the actions themselves run on all GitHub runners.",
  );
}
for (const folder of ["", "api", "ml"]) await ensurePackages(folder);
const node24 = await ensureNode24();

const child = spawn(node24, [join(root, "scripts/commands", `${command}.ts`), ...args], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RAINBOW_NODE24: node24 },
});
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 130));
