// The commands: the actions, run by their own main functions, and some that only the command line has.
import { readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readInputs as readAuditRecord } from "../../actions/audit-record/src/inputs.ts";
import { write as writeAuditRecord } from "../../actions/audit-record/src/main.ts";
import { recordOf } from "../../actions/audit-record/src/record.ts";
import { describeRun } from "../../actions/audit-record/src/run.ts";
import * as buildPush from "../../actions/build-push/src/main.ts";
import { readInputs as readBuildPush } from "../../actions/build-push/src/inputs.ts";
import { clients as dbBackupClients } from "../../actions/db-backup/src/clients.ts";
import { readInputs as readDbBackup } from "../../actions/db-backup/src/inputs.ts";
import * as dbBackup from "../../actions/db-backup/src/main.ts";
import { rdsCertificates, runNameOf, toolName } from "../../actions/db-backup/src/runtime-environment.ts";
import { deployClients } from "../../actions/deploy/src/clients.ts";
import { afterCancel } from "../../actions/deploy/src/cancel.ts";
import { readInputs as readDeploy } from "../../actions/deploy/src/inputs.ts";
import * as deploy from "../../actions/deploy/src/main.ts";
import type { StartedDeployment } from "../../actions/deploy/src/dependencies.ts";
import { readInputs as readRender } from "../../actions/render-task-definition/src/inputs.ts";
import * as render from "../../actions/render-task-definition/src/main.ts";
import { readInputs as readRollback } from "../../actions/rollback/src/inputs.ts";
import * as rollback from "../../actions/rollback/src/main.ts";
import { serviceControlClients } from "../../actions/service-control/src/clients.ts";
import { readInputs as readServiceControl } from "../../actions/service-control/src/inputs.ts";
import * as serviceControl from "../../actions/service-control/src/main.ts";
import { clientSettings, shortRetryClientSettings } from "../../actions/shared/src/aws.ts";
import { clients } from "../../actions/shared/src/clients.ts";
import { cancellable, systemClock as clock } from "../../actions/shared/src/clock.ts";
import { parseDocument } from "../../actions/shared/src/document.ts";
import { sendHttp } from "../../actions/shared/src/http.ts";
import type { InputSource } from "../../actions/shared/src/inputs.ts";
import { thisRun } from "../../actions/shared/src/report.ts";
import { runProcess } from "../../actions/shared/src/process.ts";
import { readInputs as readSmokeTest } from "../../actions/smoke-test/src/inputs.ts";
import * as smokeTest from "../../actions/smoke-test/src/main.ts";
import type { Context } from "./context.ts";
import { doctorVerb } from "./doctor/verb.ts";
import { explain, explainInputs } from "./explain.ts";
import { historyVerb } from "./history/verb.ts";
import { initVerb } from "./init/verb.ts";
import { migrateVerb } from "./migrate/verb.ts";
import { status, statusInputs } from "./status.ts";
import { toolkitFile } from "./toolkit.ts";
import type { InputDescription, Verb } from "./verb.ts";

interface ActionDescription {
  description: string;
  inputs: Record<string, InputDescription>;
}

/** The verb of an action, with its inputs; `defaults` override the action's defaults. */
function ofAction(
  name: string,
  options: { main?: string; defaults?: Record<string, string> },
  runAction: (source: InputSource, context: Context) => Promise<void>,
): Verb {
  let parsed: ActionDescription | undefined;
  const description = () =>
    (parsed ??= parseDocument(readFileSync(toolkitFile(`actions/${name}/action.yml`), "utf8")) as ActionDescription);
  return {
    name,
    main: options.main,
    get summary() {
      return description().description;
    },
    get inputs() {
      const { inputs } = description();
      return Object.fromEntries(
        Object.entries(inputs).map(([input, one]) => [
          input,
          { ...one, ...(options.defaults?.[input] === undefined ? {} : { default: options.defaults[input] }) },
        ]),
      );
    },
    run: async (source, context) => {
      await runAction(source, context);
      return 0;
    },
  };
}

/** Runs work that Ctrl-C aborts and waits for, so that it can undo what must not be left half-done. */
function interruptible<T>(context: Context, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const running = work(controller.signal);
  context.interrupted = async () => {
    controller.abort();
    await running.catch(() => undefined);
  };
  return running;
}

export const verbs: Verb[] = [
  explainVerb(),
  initVerb,
  migrateVerb,
  {
    name: "status",
    summary: "Shows what is running in a cluster: revision, image, task counts, verification and commit.",
    inputs: statusInputs,
    main: "cluster",
    run: status,
  },
  doctorVerb,
  historyVerb,
  // In a terminal, wait for the result.
  ofAction(
    "deploy",
    { main: "service", defaults: { "wait-for-service-stability": "true" } },
    async (source, context) => {
      const inputs = readDeploy(source);
      const started: StartedDeployment[] = [];
      const dependencies = {
        ...deployClients(shortRetryClientSettings),
        clock,
        log: context.log,
        setOutputs: context.setOutputs,
        onStarted: (one: StartedDeployment) => started.push(one),
      };
      context.interrupted = () => afterCancel(started, inputs.onCancel, dependencies);
      await deploy.main(inputs, dependencies);
    },
  ),
  ofAction("rollback", { main: "service" }, async (source, context) => {
    await rollback.main(readRollback(source), {
      ...clients(shortRetryClientSettings),
      clock,
      log: context.log,
      setOutputs: context.setOutputs,
    });
  }),
  ofAction("service-control", { main: "mode" }, async (source, context) => {
    await serviceControl.main(readServiceControl(source, userName()), {
      ...serviceControlClients(shortRetryClientSettings),
      clock,
      log: context.log,
      setOutputs: context.setOutputs,
    });
  }),
  // What was done while GitHub was down is recorded by hand: here, what cannot be recorded is an error.
  ofAction("audit-record", { main: "kind" }, async (source, context) => {
    const inputs = readAuditRecord(source);
    const run = describeRun(process.env);
    run.actor ??= userName();
    await writeAuditRecord(inputs, recordOf(inputs, run, clock.now()), run, {
      logs: new CloudWatchLogsClient(shortRetryClientSettings),
      clock,
      log: context.log,
      setOutputs: context.setOutputs,
    });
  }),
  ofAction("render-task-definition", {}, async (source, context) => {
    const stores = {
      ssm: () => new SSMClient(clientSettings),
      secretsManager: () => new SecretsManagerClient(clientSettings),
    };
    const { path, changed } = await render.main(readRender(source), {
      ...stores,
      ecs: new ECSClient(clientSettings),
      clock,
      log: context.log,
      folder: tmpdir(),
    });
    context.setOutputs({ "task-definition": path, changed });
    if (!context.json) context.log(path);
  }),
  ofAction("build-push", {}, async (source, context) => {
    const ecr = (region?: string) => new ECRClient(region ? { ...clientSettings, region } : clientSettings);
    const group = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
      context.log(title);
      return work();
    };
    const built = await interruptible(context, (signal) =>
      buildPush.main(readBuildPush(source), {
        ecr,
        run: runProcess,
        clock: cancellable(clock, signal),
        log: context.log,
        group,
        environment: process.env,
        folder: tmpdir(),
        signal,
      }),
    );
    context.setOutputs({ ...built });
  }),
  ofAction("smoke-test", {}, async (source, context) => {
    await smokeTest.main(readSmokeTest(source), {
      ecs: () => new ECSClient(clientSettings),
      clock,
      log: context.log,
      send: sendHttp,
      annotate: () => undefined,
      setOutputs: context.setOutputs,
      run: thisRun(),
    });
  }),
  ofAction("db-backup", { main: "mode" }, async (source, context) => {
    await interruptible(context, (signal) =>
      dbBackup.main(readDbBackup(source, process.env, rdsCertificates), {
        ...dbBackupClients,
        run: runProcess,
        clock: cancellable(clock, signal),
        log: context.log,
        annotate: (_level, title, message) => context.log(`${title}: ${message}`),
        setOutputs: context.setOutputs,
        runName: runNameOf(),
        id: undefined,
        tool: toolName,
        signal,
      }),
    );
  }),
];

/** undefined where the system has no name for the user, as in many containers. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function explainVerb(): Verb {
  return {
    name: "explain",
    summary:
      "Explains the state of a service: what is running, the last failure with its log lines, what to do. Read-only.",
    inputs: explainInputs,
    main: "service",
    run: explain,
  };
}
