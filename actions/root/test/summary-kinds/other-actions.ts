// Summaries of the actions around a deployment, and of the root action.
import { ECSClient } from "@aws-sdk/client-ecs";
import type { RequestListener } from "node:http";
import { deployClients } from "../../../deploy/src/clients.ts";
import { main as render } from "../../../render-task-definition/src/main.ts";
import { readInputs as readRender } from "../../../render-task-definition/src/inputs.ts";
import { readInputs as readRollback } from "../../../rollback/src/inputs.ts";
import { main as rollback } from "../../../rollback/src/main.ts";
import { sendHttp } from "../../../shared/src/http.ts";
import { simulatedClock } from "../../../shared/test/scripted-aws.ts";
import { arnOf } from "../../../shared/test/scripted-ecs.ts";
import { readInputs as readSmokeTest } from "../../../smoke-test/src/inputs.ts";
import { main as smokeTest } from "../../../smoke-test/src/main.ts";
import { readInputs as readRoot } from "../../src/inputs.ts";
import { main as release } from "../../src/main.ts";
import { rollsBack, stable } from "./deploy.ts";
import {
  commit,
  digest,
  folderOf,
  quiet,
  repository,
  revisions,
  sourceOf,
  summaryOf,
  withEcs,
  withService,
  type Given,
  type Kinds,
  type Setting,
} from "./scripted.ts";

const rolledBack = (given: Given = {}) =>
  withEcs(
    {
      scenario: {
        steps: stable,
        service: { taskDefinition: arnOf(2) },
        revisions: { ...revisions, 2: { image: `${repository}@${digest("b")}` } },
      },
    },
    ({ aws, clock }) => {
      const inputs = {
        cluster: "rainbow-seeker-cluster",
        service: "api",
        reason: "5xx since 23:40 (see #12)",
        ...given,
      };
      return rollback(readRollback(sourceOf(inputs)), { ...deployClients(aws.client), clock, ...quiet });
    },
  );

const rendered = (given: Given) =>
  withEcs({ scenario: { steps: [] } }, ({ aws, clock }) => {
    const { ecs, ssm, secretsManager } = deployClients(aws.client);
    const folder = folderOf();
    return render(readRender(sourceOf({ service: "api", ...given })), {
      ecs,
      ssm,
      secretsManager,
      clock,
      folder,
      ...quiet,
    });
  });

const answering: RequestListener = (request, response) =>
  request.url?.includes("missing")
    ? response.writeHead(404).end("no <b>such</b> page")
    : response.end('{"commit":"new"}');

const smokeTested = (given: Given) =>
  withService(answering, (url) =>
    summaryOf(() =>
      smokeTest(readSmokeTest(sourceOf({ url, timeout: "2", ...given })), {
        ecs: () => new ECSClient({}),
        clock: simulatedClock(),
        send: sendHttp,
        annotate: () => undefined,
        run: { commit, url: undefined },
        ...quiet,
      }),
    ),
  );

const released = (setting: Setting, given: Given = {}) =>
  withService(answering, (url) =>
    withEcs(setting, ({ aws, clock }) => {
      const inputs: Given = {
        cluster: "rainbow-seeker-cluster",
        service: "api",
        images: `api=${repository}@${digest("b")}`,
        url,
        "expect-version": "new",
        timeout: "3",
        ...given,
      };
      return release(readRoot(sourceOf(inputs)), {
        ...deployClients(aws.client),
        clock,
        folder: folderOf(),
        send: sendHttp,
        annotate: () => undefined,
        run: { commit, url: undefined },
        ...quiet,
      });
    }),
  );

export const otherKinds: Kinds = {
  "rollback-succeeded": () => rolledBack(),
  "rollback-plan": () => rolledBack({ "dry-run": "true" }),
  "render-changed": () =>
    rendered({
      images: `api=${repository}@${digest("b")}`,
      "environment-variables": "LOG_LEVEL=info\nDB_PASSWORD=canary",
    }),
  "render-unchanged": () => rendered({ images: `api=${repository}@${digest("a")}` }),
  "smoke-test-passed": () =>
    smokeTested({
      "expect-version": "new",
      checks: "[{ path: health }, { path: ready }]",
      headers: "x-api-key: canary",
      "bearer-token": "canary",
    }),
  "smoke-test-failed": () =>
    smokeTested({
      checks:
        '[{ path: health }, { path: missing/page, name: "the <page>" }, { path: ready, json: { commit: newer }, warn-only: true }]',
    }),
  "smoke-test-warning": () =>
    smokeTested({ checks: "[{ path: health }, { path: ready, json: { commit: newer }, warn-only: true }]" }),
  "root-verified": () => released({ scenario: { steps: stable } }),
  "root-rolled-back": () => released({ scenario: { steps: stable } }, { "expect-version": "newer" }),
  "root-deployment-failed": () => released({ scenario: rollsBack }),
  "root-plan": () => released({ scenario: { steps: stable } }, { plan: "true" }),
};
