// Follows the services' logs until Ctrl-C.
import { parseArgs } from "node:util";
import { logServices, formatLine, readLogs, type LogService } from "../../infra/local/logs.ts";
import { healthy, requireRunning } from "../../infra/local/ministack.ts";
import { Problem } from "../../infra/local/problem.ts";
import { runCommand } from "../../infra/local/progress.ts";

const usage = `npm run logs [-- SERVICE …] [-- --tail 50] [--no-follow] [--raw]; services: ${logServices.join(", ")}`;

await runCommand(async () => {
  const { services, tail, follow, raw } = readArguments();
  await requireRunning();
  process.stdout.on("error", () => process.exit(0));
  try {
    for await (const line of readLogs({ services, tail, follow }))
      console.log(raw ? line.event.message : formatLine(line));
  } catch (cause) {
    if (await healthy()) throw cause;
    throw new Problem("The local AWS has been stopped.", "Start it again with npm start.", { cause });
  }
});

function readArguments(): { services: readonly LogService[]; tail: number; follow: boolean; raw: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      allowNegative: true,
      options: {
        tail: { type: "string", default: "50" },
        follow: { type: "boolean", default: true },
        raw: { type: "boolean", default: false },
      },
    });
    const unknown = positionals.filter((name) => !logServices.some((service) => service === name));
    if (unknown.length > 0) throw new Error(`Unknown service ${unknown.join(", ")}.`);
    if (!/^\d+$/.test(values.tail)) throw new Error(`--tail takes a number of lines, not "${values.tail}".`);
    const chosen = logServices.filter((service) => positionals.includes(service));
    return {
      services: chosen.length > 0 ? chosen : logServices,
      tail: Number(values.tail),
      follow: values.follow,
      raw: values.raw,
    };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
