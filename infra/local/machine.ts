// Requirements of this machine, checked before anything is installed or started; all problems are reported at once.
import { realpath, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { runningProcess } from "./ministack.ts";
import { listenerOn, otherCheckoutOn } from "./neighbours.ts";
import { cacheDir, databasePort, highestPort, port, redisPort, root } from "./paths.ts";
import { exists } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

const gigabyte = 1e9;
/** Bytes written by the first run, rounded up: base images and service images, tools, packages. */
const firstRun = { "/var/lib/docker": 4 * gigabyte, cache: 1.5 * gigabyte, checkout: 0.5 * gigabyte };
/** Bytes for a changed image and its layers. */
const laterRun = 1 * gigabyte;

/** For `npm start`. @throws Problem that lists everything that is wrong */
export async function checkMachine(): Promise<string> {
  return throwProblems(await Promise.all([repositoryProblem(root), spaceProblems(), portProblems()]));
}

/** For `npm run dev`. @param ports those that it will publish, by variable; none if it is already running */
export async function checkDevelopmentMachine(ports: Record<string, number>): Promise<string> {
  const remedy = (name: string) => `Stop it, or choose another port: ${name} in .env, as in .env.example.`;
  const portChecks = Object.entries(ports).map(([name, port]) => portConflict(port, remedy(name)));
  return throwProblems(await Promise.all([spaceProblems(), ...portChecks]));
}

function throwProblems(found: (Problem | Problem[] | undefined)[]): string {
  const problems = found.flat().filter((problem) => problem !== undefined);
  const [problem, ...others] = problems;
  if (problem && others.length === 0) throw problem;
  if (problem)
    throw new Problem(
      problems.map(({ message }) => message).join("\n✗ "),
      problems.map(({ remedy }) => remedy).join("\n→ "),
    );
  return "ok";
}

/** Images and deployments record the commit they come from. */
async function repositoryProblem(folder: string): Promise<Problem | undefined> {
  const head = await attempt(["git", "-C", folder, "rev-parse", "HEAD"]);
  if (head.code === 0) return undefined;
  if (head.code === 127)
    return new Problem(
      "git is not installed.",
      "Install git (on Debian: apt-get install git), then run the command again.",
    );
  if (head.stderr.includes("dubious ownership")) {
    return new Problem(
      `git does not trust ${folder}: it belongs to another user.`,
      `git config --global --add safe.directory ${folder}`,
    );
  }
  return new Problem(
    `${folder} is not a git repository with a commit; images and deployments record the commit they come from.`,
    "Clone the repository instead of unpacking an archive, or: git init && git add -A && git commit -m start",
  );
}

async function spaceProblems(): Promise<Problem[]> {
  // Created when Terraform is first used, by which time the large downloads are done.
  const isFirstRun = !(await exists(join(cacheDir, "terraform-plugins")));
  const needed = Object.entries({
    "/var/lib/docker": firstRun["/var/lib/docker"],
    [cacheDir]: firstRun.cache,
    [root]: firstRun.checkout,
  });
  const locations = await Promise.all(
    needed.map(async ([path, bytes]) => ({ path, bytes: isFirstRun ? bytes : laterRun, ...(await freeSpace(path)) })),
  );
  return insufficientSpace(locations);
}

interface Location {
  path: string;
  /** Device number of its file system. */
  device: number;
  /** Free bytes. */
  free: number;
  /** Bytes that will be written there. */
  bytes: number;
}

/**
 * One problem for each file system that is too small for the locations on it: in the first run their sum counts, later
 * one reserve for all of them.
 */
export function insufficientSpace(locations: Location[]): Problem[] {
  return [...Map.groupBy(locations, ({ device }) => device).values()].flatMap((group) => {
    const sum = group.reduce((total, { bytes }) => total + bytes, 0);
    const bytes = group.every((location) => location.bytes === laterRun) ? laterRun : sum;
    const free = Math.min(...group.map((location) => location.free));
    if (free >= bytes) return [];
    const paths = group.map(({ path }) => path).join(", ");
    return new Problem(
      `Not enough disk space for ${paths}: ${asGigabytes(free)} free, ${asGigabytes(bytes)} needed.`,
      "Free up space (docker system prune removes unused Docker data), or move the caches: " +
        "RAINBOW_CACHE=/somewhere npm start.",
    );
  });
}

const asGigabytes = (bytes: number) => `${(Math.floor(bytes / 1e8) / 10).toFixed(1)} GB`;

/** Free bytes for this user on the file system of a path that exists or will be created. */
async function freeSpace(path: string): Promise<{ device: number; free: number }> {
  let existing = path;
  while (!(await exists(existing))) existing = dirname(existing);
  const [{ bavail, bsize }, { dev }] = await Promise.all([statfs(existing), stat(await realpath(existing))]);
  return { device: dev, free: bavail * bsize };
}

/** The ports of the local AWS must be free, unless this checkout's local AWS uses them. */
async function portProblems(): Promise<Problem[]> {
  if (!Number.isInteger(port) || port < 1024 || port > highestPort) {
    return [
      new Problem(
        `RAINBOW_PORT is not a usable port: ${process.env["RAINBOW_PORT"]}.`,
        `Choose a number from 1024 to ${highestPort}.`,
      ),
    ];
  }
  if (await isBlockedByBrowsers(port))
    return [
      new Problem(
        `Port ${port} is blocked by browsers and by fetch.`,
        `Choose another port: RAINBOW_PORT=${port + 1000} npm start.`,
      ),
    ];
  // Without a pid file, but ours: its state was removed while it ran, and ensureMinistack stops it.
  if ((await runningProcess()) !== undefined || (await listenerOn(port))?.checkout === root) return [];
  const ports = [port, databasePort, redisPort];
  const chooseAnother = `choose another port: RAINBOW_PORT=${port + 1} npm start.`;
  for (const number of ports) {
    const other = await otherCheckoutOn(number);
    if (other !== undefined)
      return [
        new Problem(
          `Another checkout, ${other}, runs on port ${port}.`,
          `Stop it there (npm stop in ${other}), or ${chooseAnother}`,
        ),
      ];
  }
  const conflicts = await Promise.all(ports.map((number) => portConflict(number, `Stop it, or ${chooseAnother}`)));
  return conflicts.filter((problem) => problem !== undefined);
}

/** The Fetch standard's "bad ports", 6566 among them, are blocked before any connection is made. */
async function isBlockedByBrowsers(number: number): Promise<boolean> {
  const signal = AbortSignal.timeout(1000);
  const result = await fetch(`http://127.0.0.1:${number}`, { method: "HEAD", signal }).catch((error: Error) => error);
  return result instanceof Error && (result.cause as Error | undefined)?.message === "bad port";
}

async function portConflict(number: number, remedy: string): Promise<Problem | undefined> {
  if (await canListen(number)) return undefined;
  const listener = await listenerOn(number);
  const by = listener ? ` by ${listener.name} (process ${listener.pid})` : "";
  return new Problem(`Port ${number} is in use${by}.`, remedy);
}

function canListen(number: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(number, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
