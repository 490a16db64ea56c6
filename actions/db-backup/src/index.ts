import * as core from "@actions/core";
import { cancellable, systemClock } from "../../shared/src/clock.ts";
import { runProcess } from "../../shared/src/process.ts";
import { annotate, hide, logLine, runAction, whenCancelled } from "../../shared/src/report.ts";
import { clients } from "./clients.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { emitOutputs, endSoon, inputSource, rdsCertificates, runNameOf, toolName } from "./runtime-environment.ts";

await runAction("db-backup", async () => {
  const { source, id } = inputSource((name) => core.getInput(name, { trimWhitespace: false }));
  for (const name of ["password", "identity"]) hide(source(name));
  const signal = whenCancelled();
  const work = main(readInputs(source, process.env, rdsCertificates), {
    ...clients,
    run: runProcess,
    clock: cancellable(systemClock, signal),
    log: logLine,
    annotate,
    setOutputs: emitOutputs,
    runName: runNameOf(),
    id,
    tool: toolName,
    signal,
  });
  await work.finally(endSoon);
});
