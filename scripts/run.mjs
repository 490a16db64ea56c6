// @ts-check
// The one entry behind every npm script. Runs on any Node ≥ 20, so it is plain JavaScript:
// it makes sure that the packages and Node 24 are there, then hands over to scripts/commands/<name>.ts.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "../infra/local/lock.mjs";
import { whyNpmFailed } from "./lib/npm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const cache =
  process.env["RAINBOW_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "rainbow-seeker");
const node24Version = "24.21.0";
const [command = "", ...args] = process.argv.slice(2);

/** @param {string} text on stderr, so that `npm run status -- --json` stays machine-readable */
const say = (text) => console.error(`• ${text}`);

/** @param {string} message @param {string} remedy @param {number} [code] @returns {never} */
function refuse(message, remedy, code = 1) {
  console.error(`\n✗ ${message}\n→ ${remedy}`);
  process.exit(code);
}

/** npm tries again after 10 and 60 seconds, unless told otherwise: too long to hear that there is no network. */
const patience = {
  npm_config_fetch_retries: "3",
  npm_config_fetch_retry_mintimeout: "1000",
  npm_config_fetch_retry_factor: "3",
};

/** @param {string[]} npmArgs @param {string} cwd */
async function npm(npmArgs, cwd) {
  const child = spawn("npm", npmArgs, { cwd, env: { ...patience, ...process.env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.on("close", resolve);
    child.on("error", () => resolve(127));
  });
  if (code === 0) return;
  const { reason, remedy } = whyNpmFailed(output, process.env);
  refuse(`npm ${npmArgs[0]} in ${cwd} ended with exit code ${code}: ${reason}`, remedy);
}

/** @param {string} folder whose locked packages are installed, unless its lock file is the one that is installed already */
async function ensurePackages(folder) {
  const cwd = join(root, folder);
  const wanted = createHash("sha256")
    .update(readFileSync(join(cwd, "package-lock.json")))
    .digest("hex");
  const stamp = join(cwd, "node_modules/.installed-lock");
  const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (installed()) return;
  await withLock(root, { command: `npm run ${command}`, log: say }, async () => {
    if (installed()) return;
    say(`installing packages of ${folder === "" ? "the toolkit" : folder} (npm ci)`);
    await npm(["ci", "--no-audit", "--no-fund"], cwd);
    writeFileSync(stamp, wanted);
  });
}

/** Path of a Node 24 binary: this one, or the one that the npm registry ships, kept in the user's cache. */
async function ensureNode24() {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  const prefix = join(cache, `node-${node24Version}`);
  const binary = join(prefix, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(binary)) return binary;
  await withLock(cache, { command: "installation of Node 24", log: say }, async () => {
    if (existsSync(binary)) return;
    say(`installing Node ${node24Version} into ${prefix} (this is Node ${process.versions.node})`);
    // Under another name until it is whole: an installation that is cut off must not look like one.
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
if (!commands.includes(command)) refuse(`Unknown command "${command}".`, `Known: ${commands.join(", ")}.`, 2);
if (process.platform !== "linux" || process.arch !== "x64") {
  refuse(
    `This machine is ${process.platform} on ${process.arch}; the local AWS needs Linux on x64.`,
    "Use such a machine, or a virtual one; the actions themselves run on every runner that GitHub has.",
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
