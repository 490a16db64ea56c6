// What this machine must be before anything is installed or started on it: found out at once, said at once.
import { realpath, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { runningProcess } from "./ministack.ts";
import { cacheDir, databasePort, highestPort, port, redisPort, root } from "./paths.ts";
import { exists } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

const gigabyte = 1e9;
/** What the first run writes, rounded up: base images and the services' images, tools, packages. */
const firstRun = { "/var/lib/docker": 4 * gigabyte, cache: 1.5 * gigabyte, checkout: 0.5 * gigabyte };
/** Enough for a changed image and its layers. */
const laterRun = 1 * gigabyte;

/** For `npm start`; refuses with everything that is wrong. */
export async function checkMachine(): Promise<string> {
  return refuse(await Promise.all([repositoryProblem(root), spaceProblems(), portProblems()]));
}

/** For `npm run dev`, on the ports that it is to publish; none of them is looked at where it runs already. */
export async function checkDevelopmentMachine(ports: Record<string, number>): Promise<string> {
  const remedy = (name: string) => `Stop it, or choose another port: ${name} in .env, as in .env.example.`;
  return refuse(
    await Promise.all([spaceProblems(), ...Object.entries(ports).map(([name, port]) => takenPort(port, remedy(name)))]),
  );
}

function refuse(found: (Problem | Problem[] | undefined)[]): string {
  const problems = found.flat().filter((problem) => problem !== undefined);
  const [problem, ...others] = problems;
  if (problem && others.length === 0) throw problem;
  if (problem)
    throw new Problem(
      problems.map(({ message }) => message).join("\n✗ "),
      problems.map(({ remedy }) => remedy).join("\n→ "),
    );
  return "fit";
}

/** Images and deployments are named after commits. */
async function repositoryProblem(folder: string): Promise<Problem | undefined> {
  const head = await attempt(["git", "-C", folder, "rev-parse", "HEAD"]);
  if (head.code === 0) return undefined;
  if (head.code === 127)
    return new Problem(
      "git is not installed.",
      "Install git (Debian: apt-get install git), then run the command again.",
    );
  if (head.stderr.includes("dubious ownership")) {
    return new Problem(
      `git does not trust ${folder}: it belongs to another user.`,
      `git config --global --add safe.directory ${folder}`,
    );
  }
  return new Problem(
    `${folder} is not a git repository with a commit; images and deployments are named after commits.`,
    "Clone the repository instead of unpacking an archive, or: git init && git add -A && git commit -m start",
  );
}

async function spaceProblems(): Promise<Problem[]> {
  // Made when Terraform is first used: the large parts are there by then.
  const first = !(await exists(join(cacheDir, "terraform-plugins")));
  const needed = Object.entries({
    "/var/lib/docker": firstRun["/var/lib/docker"],
    [cacheDir]: firstRun.cache,
    [root]: firstRun.checkout,
  });
  const places = await Promise.all(
    needed.map(async ([path, bytes]) => ({ path, bytes: first ? bytes : laterRun, ...(await freeSpace(path)) })),
  );
  return spaceMissing(places);
}

interface Place {
  path: string;
  /** Number of the file system that it lies on. */
  device: number;
  free: number;
  /** What is to be written there. */
  bytes: number;
}

/** One problem for each file system that cannot take what all the places on it need: in the first run each its part, later the largest. */
export function spaceMissing(places: Place[]): Problem[] {
  return [...Map.groupBy(places, ({ device }) => device).values()].flatMap((together) => {
    const sum = together.reduce((total, { bytes }) => total + bytes, 0);
    const bytes = together.every((place) => place.bytes === laterRun) ? laterRun : sum;
    const free = Math.min(...together.map((place) => place.free));
    if (free >= bytes) return [];
    const paths = together.map(({ path }) => path).join(", ");
    return new Problem(
      `Too little space for ${paths}: ${asGigabytes(free)} free, ${asGigabytes(bytes)} needed.`,
      "Make room (docker system prune removes what Docker no longer uses), or put the caches elsewhere: RAINBOW_CACHE=/somewhere npm start.",
    );
  });
}

const asGigabytes = (bytes: number) => `${(Math.floor(bytes / 1e8) / 10).toFixed(1)} GB`;

/** Free bytes for this user where a path is, or will be. */
async function freeSpace(path: string): Promise<{ device: number; free: number }> {
  let existing = path;
  while (!(await exists(existing))) existing = dirname(existing);
  const [{ bavail, bsize }, { dev }] = await Promise.all([statfs(existing), stat(await realpath(existing))]);
  return { device: dev, free: bavail * bsize };
}

/** The ports of the local AWS: ours, free, or somebody's. */
async function portProblems(): Promise<Problem[]> {
  if (!Number.isInteger(port) || port < 1024 || port > highestPort) {
    return [
      new Problem(
        `RAINBOW_PORT is not a port that can be used: ${process.env["RAINBOW_PORT"]}.`,
        `Choose a number from 1024 to ${highestPort}.`,
      ),
    ];
  }
  if (await isRefusedByBrowsers(port))
    return [
      new Problem(
        `Port ${port} is one that browsers, and fetch, refuse to talk to.`,
        `Choose another one: RAINBOW_PORT=${port + 1000} npm start.`,
      ),
    ];
  if ((await runningProcess()) !== undefined) return [];
  const remedy = `Stop it (npm stop in the checkout that started it), or choose another port: RAINBOW_PORT=${port + 1} npm start.`;
  return (await Promise.all([port, databasePort, redisPort].map((number) => takenPort(number, remedy)))).filter(
    (problem) => problem !== undefined,
  );
}

/** Some ports belong to protocols that could be abused (the Fetch standard's "bad ports"): 6566 among them. Asking is refused before any connection. */
async function isRefusedByBrowsers(number: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${number}`, { method: "HEAD", signal: AbortSignal.timeout(1000) }).catch(
    (error: Error) => error,
  );
  return answer instanceof Error && (answer.cause as Error | undefined)?.message === "bad port";
}

async function takenPort(number: number, remedy: string): Promise<Problem | undefined> {
  if (await canListen(number)) return undefined;
  const owner = await attempt(["ss", "-Hltnp", `sport = :${number}`]);
  const who = /users:\(\("([^"]+)",pid=(\d+)/.exec(owner.stdout);
  return new Problem(`Port ${number} is taken${who ? ` by ${who[1]} (process ${who[2]})` : ""}.`, remedy);
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
