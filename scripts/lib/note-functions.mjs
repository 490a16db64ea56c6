// Imported before a bundle: ends the process at its first request, and notes which functions of it were called until then.
import { writeFileSync } from "node:fs";
import http from "node:http";
import { Session } from "node:inspector";
import { pathToFileURL } from "node:url";

const { NOTED_FILE: file = "", NOTED_FUNCTIONS: functions = "" } = process.env;
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });

http.request = () => {
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error) throw error;
    const script = result.find(({ url }) => url === file || url === pathToFileURL(file).href);
    const ranges = (script?.functions ?? []).flatMap(({ ranges: [range] }) => range ?? []);
    const called = ranges.filter(({ count }) => count > 0);
    writeFileSync(functions, JSON.stringify(called.map(({ startOffset, endOffset }) => [startOffset, endOffset])));
  });
  process.exit(0);
};
