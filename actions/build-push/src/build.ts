// From the build context to the registry: log in, build, push.
import { readFile } from "node:fs/promises";
import { FailedError } from "../../shared/src/errors.ts";
import type { Timeline } from "../../shared/src/timeline.ts";
import { splitReference, type Base } from "./bases.ts";
import { buildCommand, cacheFrom, cacheTo, secretEnvironment, type Build } from "./build-command.ts";
import type { Passwords } from "./credentials.ts";
import type { Dependencies } from "./dependencies.ts";
import { DockerSession } from "./docker-session.ts";
import { explainBuild, explainPush, redact } from "./explain-build.ts";

/** The registry no longer accepts the password from the start of the build; the layers that were built remain. */
const loginExpired =
  /authorization token has expired|no basic auth credentials|\b401 Unauthorized|unauthorized: authentication required/i;

export type BuildPlan = Omit<Build, "context" | "metadataFile">;

/**
 * Builds the image and pushes it under its content tag. The tag is pushed last, after all layers.
 *
 * @returns the digest that was pushed; undefined: docker did not report it
 */
export async function buildAndPush(
  plan: BuildPlan,
  passwords: Passwords,
  { dependencies, timeline }: { dependencies: Dependencies; timeline: Timeline },
): Promise<string | undefined> {
  const { run, clock, environment, folder } = dependencies;
  const session = await DockerSession.open({
    run,
    clock,
    environment,
    folder,
    passwordOf: (host, minimumValidity) => passwords.ofEcr(host, minimumValidity),
  });
  try {
    const { inputs, builder, tag } = plan;
    const build: Build = {
      ...plan,
      context: builder.kind === "buildx" ? await session.linkContext(inputs.context, tag) : inputs.context,
      metadataFile: session.fileNamed("build-metadata.json"),
    };
    await timeline.phase("Log in", async () => {
      for (const host of hostsOf(build, plan.bases)) if (await passwords.isFromAws(host)) await session.logIn(host);
    });
    await timeline.phase("Build", () =>
      dependencies.group(`Build with ${plan.builder.description}`, () => buildImage(build, session, dependencies)),
    );
    if (!plan.builder.inEngine) return digestInMetadata(await readFile(build.metadataFile, "utf8").catch(() => "{}"));
    return await timeline.phase("Push", () => dependencies.group("Push", () => push(build, session, dependencies)));
  } finally {
    await session.close();
  }
}

/** From the file that `docker buildx build --metadata-file` writes. */
const digestInMetadata = (text: string): string | undefined =>
  (JSON.parse(text) as { "containerimage.digest"?: string })["containerimage.digest"];

/** `docker push` reports it at the end: "content-…: digest: sha256:… size: 1234". */
const digestInOutput = (text: string): string | undefined =>
  [...text.matchAll(/: digest: (sha256:[0-9a-f]{64}) size: \d+$/gm)].at(-1)?.[1];

/** Every registry that the build reads from or writes to. */
function hostsOf(build: Build, bases: readonly Base[]): Set<string> {
  const caches = [...cacheFrom(build), ...cacheTo(build)].flatMap(
    (entry) => /(?:^|,)ref=([^,]+)/.exec(entry)?.[1] ?? (entry.includes("=") ? [] : entry),
  );
  const references = [build.repository.reference, ...bases.map(({ reference }) => reference), ...caches];
  return new Set(references.map((reference) => splitReference(reference).host));
}

async function buildImage(
  build: Build,
  session: DockerSession,
  { run, log, signal, environment }: Dependencies,
): Promise<void> {
  const { inputs, builder, repository } = build;
  const files = await Promise.all([...inputs.secretFiles.values()].map((path) => readFile(path, "utf8")));
  const values = secretEnvironment(inputs, environment);
  const secrets = [...Object.values(values), ...files];
  // Without DOCKER_BUILDKIT it depends on the engine's version which builder `docker build` uses.
  const env = { ...session.env, ...values, ...(builder.kind === "classic" ? { DOCKER_BUILDKIT: "0" } : {}) };
  const attempt = () =>
    run(buildCommand(build, environment), {
      env,
      onLine: (line) => log(redact(line, secrets)),
      ...(signal ? { signal } : {}),
    });
  let result = await attempt();
  // A builder that pushes by itself keeps its layers, so the second attempt only pushes.
  if (result.code !== 0 && !builder.inEngine && loginExpired.test(result.stderr)) {
    log("the registry password expired during the build; logging in again");
    await session.logIn(repository.host, { force: true });
    result = await attempt();
  }
  assertNotCancelled(signal);
  if (result.code !== 0)
    throw new FailedError(redact(explainBuild(`${result.stdout}\n${result.stderr}`, result.code), secrets));
}

async function push(
  { repository, tag }: Build,
  session: DockerSession,
  { run, log, signal }: Dependencies,
): Promise<string | undefined> {
  const reference = `${repository.reference}:${tag}`;
  // The password may have expired during a long build.
  await session.logIn(repository.host);
  const attempt = () =>
    run(["docker", "push", reference], { env: session.env, onLine: log, ...(signal ? { signal } : {}) });
  let result = await attempt();
  if (result.code !== 0 && loginExpired.test(result.stdout + result.stderr)) {
    log("the registry no longer accepts the password; logging in again");
    await session.logIn(repository.host, { force: true });
    result = await attempt();
  }
  assertNotCancelled(signal);
  if (result.code !== 0) throw new FailedError(explainPush(result.stdout + result.stderr, reference, result.code));
  return digestInOutput(result.stdout);
}

function assertNotCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new FailedError(
      "Cancelled. What was pushed so far has no tag yet; the next run continues from the layers that exist.",
      { outcome: "cancelled" },
    );
}
