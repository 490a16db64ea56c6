// Requests that schemathesis makes from the OpenAPI document, valid ones and others: no answer is a failure of the server,
// and each is documented. As nobody, and as somebody who is logged in.
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProcess } from "../../actions/shared/src/process.ts";
import { type RunningApi, runApi } from "../../api/test/running-api.ts";
import { createMlService } from "../lib/page-server.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

/** Of each operation, and as many for either caller; beside them those of the documented values and of their edges. */
const examples = 130;
const fewest = 10_000;
const program = process.env["SCHEMATHESIS"] ?? "st";

let api: RunningApi;
beforeAll(async () => {
  api = await runApi("schemathesis");
  api.ml.answer = await createMlService("abc1234");
});
afterAll(() => api.stop());

interface Asked {
  token?: string;
  /** Operations that are left out, or the only ones. */
  filter?: string[];
}

/** @returns what schemathesis prints, and how many requests it has made */
async function ask({ token, filter = [] }: Asked): Promise<{ code: number; text: string; requests: number }> {
  let requests = 0;
  const count = () => (requests += 1);
  api.server.on("request", count);
  const { code, stdout, stderr } = await runProcess(
    [
      program,
      "run",
      `${api.url}/openapi.json`,
      "--max-examples",
      String(examples),
      "--seed",
      process.env["RAINBOW_SEED"] ?? "1",
      "--checks",
      "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance",
      "--phases",
      "examples,coverage,fuzzing",
      "--continue-on-failure",
      "--warnings",
      "off",
      "--no-color",
      ...(token === undefined ? [] : ["--header", `Authorization: Bearer ${token}`]),
      ...filter,
    ],
    { cwd: makeTestFolder("schemathesis-") },
  );
  api.server.off("request", count);
  return { code, text: stdout + stderr, requests };
}

it("gets documented answers, and none that is a failure of the server", async () => {
  const { token } = await api.register();
  const leaving = await api.register();
  const logout = "/api/auth/logout";
  const runs = [
    await ask({}),
    await ask({ token, filter: ["--exclude-path", logout] }),
    await ask({ token: leaving.token, filter: ["--include-path", logout] }),
  ];
  const requests = runs.reduce((sum, run) => sum + run.requests, 0);
  console.log(`${requests} requests`);
  expect(runs.map(({ code, text }) => (code === 0 ? "" : text))).toEqual(["", "", ""]);
  expect(requests).toBeGreaterThan(fewest);
}, 1_800_000);
