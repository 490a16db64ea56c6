// What docker, a registry and the labels of an image say is text: the runner takes no command from it.
import { expect, it } from "vitest";
import { runAction, logGroup, logLine } from "../../shared/src/report.ts";
import { hostileLines, runnerOf } from "../../shared/test/runner.ts";
import { AwsError } from "../../shared/test/scripted-aws.ts";
import { buildPush, container, Docker } from "./fixture.ts";

const attack = hostileLines.join("\n");

it.each([
  ["build", ""],
  ["push", ""],
  ["buildx build", container],
])("of a docker %s that fails", async (verb, buildx) => {
  const docker = new Docker();
  if (buildx) docker.buildx = buildx;
  docker.failures = { [verb]: [{ code: 1, stderr: `${attack}\n${"x".repeat(250_000)}\n${attack}` }] };
  const runner = await runnerOf(() =>
    runAction("build-push", async () => void (await buildPush({}, { docker, log: logLine, group: logGroup }))),
  );
  process.exitCode = undefined;
  const names = runner.commands.map(({ name }) => name).filter((name) => !/group|stop-commands/.test(name));
  expect([names, runner.isStopped, runner.tokens.length > 0]).toEqual([["error"], false, true]);
  expect(runner.named("error")[0]?.data.length).toBeLessThan(4096);
  expect(runner.lines.join("\n")).toContain("> ::add-mask::service");
  expect(Math.max(...runner.lines.map(({ length }) => length))).toBeLessThan(4300);
});

it("of AWS", async () => {
  const denied = () => new AwsError("AccessDeniedException", attack);
  const runner = await runnerOf(() =>
    runAction(
      "build-push",
      async () =>
        void (await buildPush({}, { handlers: { "ecr:BatchGetImage": denied }, log: logLine, group: logGroup })),
    ),
  );
  process.exitCode = undefined;
  expect(runner.commands.map(({ name }) => name)).toEqual(["error"]);
});
