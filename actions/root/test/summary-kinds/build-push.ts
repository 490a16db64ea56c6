// Summaries of build-push.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainBuild } from "../../../build-push/src/explain-build.ts";
import { readInputs as readBuildPush } from "../../../build-push/src/inputs.ts";
import { summarise, summariseFailure } from "../../../build-push/src/summary.ts";
import { FailedError } from "../../../shared/src/errors.ts";
import { Timeline } from "../../../shared/src/timeline.ts";
import { simulatedClock } from "../../../shared/test/scripted-aws.ts";
import { commit, digest, folderOf, repository, sourceOf, summaryOf, type Kinds } from "./scripted.ts";

const buildKit = `#5 [build 4/6] RUN npm ci
#5 0.512 npm error code E404
#5 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
------
 > [build 4/6] RUN npm ci:
0.512 npm error code E404
0.514 npm error 404 Not Found - GET https://registry.example/rainbow-colours
0.514 npm error 404  'rainbow-colours@^7.0.0' is not in this registry.
------
Dockerfile:10
--------------------
   8 |     COPY package*.json ./
  10 | >>> RUN npm ci
--------------------
ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
`;

const buildInputs = () => {
  const context = folderOf();
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  const given = {
    context,
    repository: "rainbow-seeker-api",
    tags: "latest",
    platforms: "linux/amd64, linux/arm64",
    "fail-on-severity": "HIGH",
    secrets: "npm=canary",
    "build-args": "TOKEN=canary",
  };
  return { ...readBuildPush(sourceOf(given)), context: "api", dockerfile: "api/Dockerfile" };
};

async function timelineOf(phases: [string, number][], failure?: Error): Promise<Timeline> {
  const clock = simulatedClock();
  const timeline = new Timeline(clock);
  for (const [name, milliseconds] of phases)
    await timeline
      .phase(name, async () => {
        await clock.sleep(milliseconds);
        if (failure && name === phases.at(-1)?.[0]) throw failure;
      })
      .catch(() => undefined);
  return timeline;
}

const built = (skipped: boolean) => ({
  image: `${repository}@${digest("b")}`,
  digest: digest("b"),
  tags: "content-0f1e2d3c4b5a69788796a5b4c3d2e1f0\nlatest",
  version: commit,
  skipped,
  size: 51_300_000,
  sizes: '{"linux/amd64":51300000,"linux/arm64":49100000}',
  phases: "{}",
});
const builder = {
  kind: "buildx" as const,
  description: "buildx with the driver docker-container (builder ci)",
  inEngine: false,
  isFull: true,
  platform: "linux/amd64",
};

async function buildSummary(skipped: boolean): Promise<string> {
  const timeline = await timelineOf([
    ["Hash", 310],
    ["Look it up", 90],
    ...(skipped
      ? []
      : ([
          ["Log in", 700],
          ["Build", 41_200],
        ] as [string, number][])),
    ["Scan", 9020],
    ["Tag", 250],
  ]);
  const findings = {
    blocking: [],
    expired: [],
    suppressed: [
      {
        finding: { id: "CVE-2026-1234", severity: "HIGH", where: "openssl 3.0.11", fixedIn: "3.0.12" },
        rule: { id: "CVE-2026-1234", until: "2026-12-31", reason: "not reachable: no TLS server in this image" },
      },
    ],
  };
  return summaryOf(() =>
    summarise({
      inputs: buildInputs(),
      built: built(skipped),
      findings,
      builder: skipped ? undefined : builder,
      timeline,
    }),
  );
}

async function buildFailure(failure: Error, phases: [string, number][]): Promise<string> {
  const timeline = await timelineOf(phases, failure);
  return summaryOf(() => summariseFailure(buildInputs(), failure, { timeline, version: commit }));
}

export const buildKinds: Kinds = {
  "build-push-built": () => buildSummary(false),
  "build-push-already-built": () => buildSummary(true),
  "build-push-failed": () =>
    buildFailure(new FailedError(explainBuild(buildKit, 1)), [
      ["Hash", 310],
      ["Look it up", 90],
      ["Log in", 700],
      ["Build", 12_400],
    ]),
  "build-push-findings": () =>
    buildFailure(
      new FailedError(
        "ECR's scan has found 1 of HIGH or above; no tag was put.\n  CRITICAL CVE-2026-9999 in zlib 1.3, fixed in 1.3.1\nBuild on a newer base image or package, or suppress a finding in ignore-findings, with its last day and why.",
      ),
      [
        ["Build", 41_200],
        ["Scan", 9020],
      ],
    ),
};
