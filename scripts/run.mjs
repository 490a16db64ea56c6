// The one entry behind every npm script. Runs on any Node ≥ 20, so it is plain JavaScript:
// it makes sure that the packages and Node 24 are there, then hands over to scripts/commands/<name>.ts.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const node24Version = "24.21.0";
const [command, ...args] = process.argv.slice(2);
const commands = readdirSync(join(root, "scripts/commands")).map((file) => file.replace(/\.ts$/, ""));

if (!commands.includes(command)) {
  console.error(`Unknown command "${command ?? ""}". Known: ${commands.join(", ")}.`);
  process.exit(2);
}

function say(text) {
  // stderr, so that `npm run status -- --json` stays machine-readable
  console.error(`• ${text}`);
}

function npm(npmArgs, cwd) {
  const result = spawnSync("npm", npmArgs, { cwd, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  if (result.status !== 0) {
    console.error((result.stdout + result.stderr).split("\n").filter((line) => line.startsWith("npm error")).slice(0, 12).join("\n"));
    console.error(`\n✗ npm ${npmArgs.join(" ")} failed in ${cwd}\n→ Mend what npm names above; for the first run the package registry must be reachable.`);
    process.exit(1);
  }
}

/** Installs the locked packages of one folder unless the lock file is the one that is installed already. */
function ensurePackages(folder) {
  const cwd = join(root, folder);
  const lock = join(cwd, "package-lock.json");
  if (!existsSync(lock)) return;
  const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const stamp = join(cwd, "node_modules/.installed-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say(`installing packages of ${folder === "" ? "the toolkit" : folder} (npm ci)`);
  npm(["ci", "--no-audit", "--no-fund"], cwd);
  writeFileSync(stamp, wanted);
}

/** Path of a Node 24 binary: this one, or the one that the npm registry ships, kept in the user's cache. */
function ensureNode24() {
  if (process.versions.node.startsWith("24.")) return process.execPath;
  const cache = process.env.RAINBOW_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rainbow-seeker");
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(cache, `node-${node24Version}`);
  const binary = join(prefix, "node_modules", name, "bin/node");
  if (!existsSync(binary)) {
    say(`installing Node ${node24Version} into ${prefix} (this is Node ${process.versions.node})`);
    mkdirSync(prefix, { recursive: true });
    npm(["install", "--prefix", prefix, "--no-save", `${name}@${node24Version}`], prefix);
  }
  return binary;
}

for (const folder of ["", "api", "ml"]) ensurePackages(folder);
const node24 = ensureNode24();

const child = spawn(node24, [join(root, "scripts/commands", `${command}.ts`), ...args], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RAINBOW_NODE24: node24 },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 130));
