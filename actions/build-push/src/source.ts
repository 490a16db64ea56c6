import type { RunProcess } from "../../shared/src/process.ts";

/** URL of the source repository, for the image's label: the run's, or that of git's remote without credentials. */
export async function sourceOf(
  context: string,
  { run, environment }: { run: RunProcess; environment: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = environment;
  if (server && repository) return `${server}/${repository}`;
  const { code, stdout } = await run(["git", "-C", context, "remote", "get-url", "origin"]);
  return code === 0 && stdout.trim() !== ""
    ? stdout
        .trim()
        .replace(/^(\w+:\/\/)[^/@]*@/, "$1")
        .replace(/\.git$/, "")
    : undefined;
}
