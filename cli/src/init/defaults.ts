// What an option is if nobody gives it: from the repository, its remote, the environment and gh.
import { messageOf } from "../../../actions/shared/src/errors.ts";
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import type { Detected } from "./detect.ts";

/** Of a remote's URL: https://github.com/OWNER/NAME.git or git@github.com:OWNER/NAME.git. */
export const repositoryOf = (url: string): string | undefined =>
  /^(?:https:\/\/(?:[^/@]+@)?|ssh:\/\/git@|git@)github\.com[/:]([^/\s]+\/[^/\s]+?)(?:\.git)?\/?$/.exec(url.trim())?.[1];

/** "My_Service" → "my-service". */
export const nameOf = (repository: string): string =>
  (repository.split("/")[1] ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-$/g, "");

/** The zones that every account has; a region that is not here has a and b. */
const zoneLetters: Record<string, string> = { "ap-northeast-1": "ac" };

const zonesOf = (region: string): string => [...(zoneLetters[region] ?? "ab")].map((letter) => region + letter).join();

/** Default of each option that depends on the repository or the machine. */
export function defaultsOf(
  detected: Detected,
  given: { repository: string | undefined; region: string | undefined; commit: string | undefined },
): Record<string, string | undefined> {
  const { repository, region, commit } = given;
  return {
    repository,
    region,
    name: repository && nameOf(repository),
    zones: region && zonesOf(region),
    port: detected.port,
    user: detected.user ?? "1001",
    "health-path": detected.healthPath ?? "/",
    "reports-version": String(detected.takesCommit),
    "state-bucket": repository && `${repository.split("/")[0]?.toLowerCase()}-${nameOf(repository)}-terraform`,
    ref: commit,
  };
}

/** @returns the repository of the remote origin, if it is on GitHub */
export async function originOf(run: RunProcess, folder: string): Promise<string | undefined> {
  const { code, stdout } = await run(["git", "-C", folder, "remote", "get-url", "origin"]).catch(failed);
  return code === 0 ? repositoryOf(stdout) : undefined;
}

/** IDs of a repository and its owner, by GitHub's command line; otherwise why they are not known. */
export async function idsOf(
  run: RunProcess,
  repository: string,
): Promise<{ id: string; ownerId: string } | { problem: string }> {
  const { code, stdout, stderr } = await run(["gh", "api", `repos/${repository}`, "--jq", ".id, .owner.id"]).catch(
    failed,
  );
  const [id = "", ownerId = ""] = stdout.trim().split(/\s+/);
  if (code === 0 && ownerId !== "") return { id, ownerId };
  return { problem: stderr.trim().split("\n")[0] ?? "" };
}

const failed = (error: unknown) => ({ code: 1, stdout: "", stderr: messageOf(error) });
