// A docker on the PATH whose containers a test chooses. It filters and formats as `docker ps` does: without --all only
// what runs, with --quiet only IDs, whatever the format (NewContainerFormat in cli/command/formatter of docker/cli).
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestFolder } from "./test-folder.ts";

export interface ScriptedContainer {
  id: string;
  name?: string;
  state?: string;
  labels?: Record<string, string>;
  /** Published port. */
  port?: number;
}

const program = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const file = __filename + ".json";
const [command, ...args] = process.argv.slice(2);
const containers = JSON.parse(readFileSync(file, "utf8"));
const has = (long, short) => args.some((one) => one === long || new RegExp("^-[a-z]*" + short).test(one));
const values = (name) => args.flatMap((one, index) => (one === name ? [args[index + 1]] : []));
if (command === "rm") {
  writeFileSync(file, JSON.stringify(containers.filter(({ id }) => !args.includes(id))));
} else if (command === "ps") {
  const matches = (container) => values("--filter").every((filter) => {
    const [kind, name, value] = filter.split("=");
    if (kind === "publish") return String(container.port) === name;
    const label = (container.labels ?? {})[name];
    return label !== undefined && (value === undefined || label === value);
  });
  const field = (container, text) => {
    const label = /^\\.Label "(.+)"$/.exec(text);
    if (label) return (container.labels ?? {})[label[1]] ?? "";
    return { ".ID": container.id, ".Names": container.name ?? "", ".State": container.state ?? "running" }[text];
  };
  const format = has("--quiet", "q") ? "{{.ID}}" : values("--format")[0];
  for (const container of containers) {
    if ((!has("--all", "a") && (container.state ?? "running") !== "running") || !matches(container)) continue;
    console.log(format.replace(/{{(.+?)}}/g, (_, text) => field(container, text)));
  }
} else process.exitCode = 1;
`;

export class ScriptedDocker {
  /** Folder for the PATH. */
  readonly folder = makeTestFolder("docker-");
  private readonly file = join(this.folder, "docker");

  constructor(containers: ScriptedContainer[]) {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.file, program);
    chmodSync(this.file, 0o755);
    writeFileSync(`${this.file}.json`, JSON.stringify(containers));
  }

  /** IDs of the containers that exist now. */
  get ids(): string[] {
    return (JSON.parse(readFileSync(`${this.file}.json`, "utf8")) as ScriptedContainer[]).map(({ id }) => id);
  }
}
