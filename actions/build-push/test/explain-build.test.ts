import { describe, expect, it } from "vitest";
import { explainBuild, explainPush, redact } from "../src/explain-build.ts";

// Output of buildx 0.13 with BuildKit 0.8 and 0.13, and of the classic builder of engine 20.10.
const buildKit = `#5 [build 2/2] RUN npm ci
#5 0.160 hello
#5 0.274 npm ERR! broken
#5 ERROR: executor failed running [/bin/sh -c npm ci]: exit code: 3
------
 > [build 2/2] RUN npm ci:
0.160 hello
0.274 npm ERR! broken
------
Dockerfile:10
--------------------
   8 |     COPY package.json ./
   9 |
  10 | >>> RUN npm ci
--------------------
ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 3`;

const classic = `Sending build context to Docker daemon  6.144kB
Step 1/4 : FROM node:24 AS build
 ---> 5616db24eb1b
Step 2/4 : RUN npm ci
 ---> Running in e785651a3ffa
hello
\u001b[91mnpm ERR! broken
\u001b[0mThe command '/bin/sh -c npm ci' returned a non-zero code: 3
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0
            environment-variable.`;

const unknownHost =
  'failed to do request: Head "https://nosuch.example.com/v2/x/manifests/1": ' +
  "dial tcp: lookup nosuch.example.com: no such host";
const unreachableRegistry = [
  "#3 [internal] load metadata for nosuch.example.com/x:1",
  `#3 ERROR: ${unknownHost}`,
  "------",
  " > [internal] load metadata for nosuch.example.com/x:1:",
  "------",
  "ERROR: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: " +
    `failed to create LLB definition: ${unknownHost}`,
].join("\n");

describe("a failed build", () => {
  it("is reported with the step, its position, its output and its exit code", () => {
    expect(explainBuild(`${"#4 CACHED\n".repeat(200)}${buildKit}`, 1).split("\n")).toEqual([
      "The build ended with exit code 1. Failed step:",
      "  Dockerfile, line 10: [build 2/2] RUN npm ci",
      "  0.160 hello",
      "  0.274 npm ERR! broken",
      "  exit code: 3",
    ]);
    expect(explainBuild(classic, 3).split("\n")).toEqual([
      "The build ended with exit code 3. Failed step:",
      "  Step 2/4 : RUN npm ci",
      "  hello",
      "  npm ERR! broken",
      "  The command '/bin/sh -c npm ci' returned a non-zero code: 3",
    ]);
  });

  it("is reported with the last lines of a step that prints many", () => {
    const lines = Array.from({ length: 100 }, (_, index) => `0.${index} line ${index}`).join("\n");
    const message = explainBuild(buildKit.replace("0.160 hello\n0.274 npm ERR! broken\n------", `${lines}\n------`), 1);
    expect(message).not.toContain("line 84");
    expect(message).toContain("line 85");
  });

  it.each([
    [
      "a base image in a registry that does not exist",
      unreachableRegistry,
      "The registry of the base image cannot be reached",
    ],
    [
      "a base image that the runner cannot pull",
      "Step 1/2 : FROM private/x\n" +
        "pull access denied for private/x, repository does not exist or may require 'docker login'",
      "log in to its registry",
    ],
    ["a pull rate limit", "Step 1/2 : FROM node\ntoomanyrequests: You have reached your pull rate limit.", "a mirror"],
    [
      "a full disk",
      buildKit.replaceAll("npm ERR! broken", "tar: write error: No space left on device"),
      "docker system prune",
    ],
    ["too little memory", buildKit.replaceAll("exit code: 3", "exit code: 137"), "ran out of memory"],
    ["another CPU architecture", buildKit.replaceAll("npm ERR! broken", "exec /bin/sh: exec format error"), "QEMU"],
    [
      "an engine that stops",
      "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "The Docker engine does not respond",
    ],
    [
      "a refused push of a separate builder",
      "------\n > exporting to image:\n------\n" +
        "ERROR: failed to solve: failed to push r/x:1: unexpected status: 403 Forbidden",
      "lacks the permission to push",
    ],
  ])("is reported with the remedy for %s", (_cause, output, hint) => expect(explainBuild(output, 1)).toContain(hint));

  it("is reported without registry hints if a request of the user's own step was refused", () => {
    expect(
      explainBuild(
        buildKit.replaceAll("npm ERR! broken", "npm ERR! 403 Forbidden - GET https://registry.example.com/left-pad"),
        1,
      ),
    ).toMatch(/exit code: 3$/);
  });
});

it("a line that was written over is shown as a terminal shows it in the end", () => {
  const progress = Array.from({ length: 100 }, (_, index) => `${index} %\r`).join("");
  const text = explainBuild(`Step 1/1 : RUN pip install x\n${progress}\u001B[32m100 %\u001B[0m\r\nerror: no x\r\n`, 1);
  expect(text).toBe(
    "The build ended with exit code 1. Failed step:\n  Step 1/1 : RUN pip install x\n  100 %\n  error: no x",
  );
});

describe("a failed push", () => {
  it.each([
    [
      "denied: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ecr:InitiateLayerUpload",
      "iam-policy.json",
    ],
    ["name unknown: The repository with name 'api' does not exist in the registry with id '1'", "create-repository"],
    [
      "tag invalid: The image tag 'content-1' already exists in the 'api' repository " +
        "and cannot be overwritten because the tag is immutable.",
      "the repository's tags are immutable",
    ],
    ["dial tcp 127.0.0.1:5000: connect: connection refused", "cannot be reached"],
    ["write /var/lib/docker/tmp/x: no space left on device", "runner's disk is full"],
  ])("%s", (error, hint) =>
    expect(explainPush(`The push refers to repository [r/api]\n${error}`, "r/api:content-1", 1)).toContain(hint),
  );
});

it("secrets are masked as a whole and line by line, the longer ones first", () => {
  expect(redact("a=abc123 b=abc key=LINE-ONE", ["abc", "abc123", "LINE-ONE\nLINE-TWO\n", "", "x"])).toBe(
    "a=*** b=*** key=***",
  );
});
