// What a runner makes of the output of a step, after the rules of actions/runner (commit 258d6c8):
// - Runner.Sdk/ProcessInvoker.cs, StartReadStream: lines end at \n, \r and \r\n (StreamReader.ReadLine).
// - Runner.Common/ActionCommand.cs, TryParseV2: `::name properties::data` behind any white space (TrimStart); TryParse:
//   `##[name properties]data`, at the first `##[` of a line. Names are compared without regard to case.
// - Both compare by culture, which ignores characters without a width: here a line is read with and without them, and
//   at each of its `##[`, so that more is found than a runner would find.
// - Runner.Worker/ActionCommandManager.cs: after stop-commands nothing is one until the word that it was given.
// - Runner.Worker/ExecutionContext.cs, AddIssue: 4,096 characters of an annotation, ten of a kind.
import { vi } from "vitest";

const names =
  "internal-set-repo-path set-env set-output save-state add-mask add-path add-matcher remove-matcher warning error notice debug group endgroup echo stop-commands";
const registered = new Set(names.split(" "));

export interface Command {
  name: string;
  properties: string;
  data: string;
}

export class Runner {
  /** What it took for commands. */
  readonly commands: Command[] = [];
  /** What it printed. */
  readonly lines: string[] = [];
  /** Words that end a stop-commands. */
  readonly tokens: string[] = [];
  private stoppedUntil: string | undefined;

  get isStopped(): boolean {
    return this.stoppedUntil !== undefined;
  }

  read(output: string): this {
    for (const line of output.split(/\r\n|\r|\n/)) this.readLine(line);
    return this;
  }

  named(name: string): Command[] {
    return this.commands.filter((command) => command.name === name);
  }

  private readLine(line: string): void {
    const found = [line, line.replaceAll(/[\p{Cf}\p{Cc}]/gu, "")].flatMap((one) => this.commandsIn(one));
    if (this.stoppedUntil !== undefined) {
      if (found.some(({ name }) => name === this.stoppedUntil)) this.stoppedUntil = undefined;
      else this.lines.push(line);
      return;
    }
    const [command] = found;
    if (!command) return void this.lines.push(line);
    this.commands.push(command);
    if (command.name === "stop-commands") {
      this.stoppedUntil = command.data.toLowerCase();
      this.tokens.push(command.data);
    }
  }

  private commandsIn(line: string): Command[] {
    const second = /^\p{White_Space}*::([^]*?)::([^]*)$/u.exec(line);
    const first = [...line.matchAll(/##\[([^\]]*)\](?=([^]*))/g)];
    return [...(second ? [second] : []), ...first].flatMap(([, info = "", data = ""]) => {
      const [name = "", ...properties] = info.split(" ");
      const isKnown = registered.has(name.toLowerCase()) || name.toLowerCase() === this.stoppedUntil;
      return isKnown ? [{ name: name.toLowerCase(), properties: properties.join(" "), data: unescape(data) }] : [];
    });
  }
}

const unescape = (text: string): string =>
  text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3B", ";")
    .replaceAll("%5D", "]")
    .replaceAll("%25", "%");

/** Standard output and error while work runs, which may fail, in a job on GitHub. */
export async function outputOf(work: () => unknown): Promise<string> {
  const written: string[] = [];
  const write = (chunk: string | Uint8Array) => written.push(String(chunk)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(write));
  const { GITHUB_ACTIONS: before } = process.env;
  process.env["GITHUB_ACTIONS"] = "true";
  try {
    await Promise.resolve()
      .then(work)
      .catch(() => undefined);
  } finally {
    for (const spy of spies) spy.mockRestore();
    if (before === undefined) delete process.env["GITHUB_ACTIONS"];
    else process.env["GITHUB_ACTIONS"] = before;
  }
  return written.join("");
}

/** The same, as a runner reads it. */
export const runnerOf = async (work: () => unknown): Promise<Runner> => new Runner().read(await outputOf(work));

/** What somebody may write who wants to command the runner, the terminal or a reader. */
export const hostileLines = [
  "::add-mask::service",
  "  ::stop-commands::t",
  "\u00A0\u2003\u3000::error::mine",
  "\u2028::warning::mine",
  "\u0085::notice::mine",
  "\u200B::set-output name=image::mine",
  "\uFEFF::debug::mine",
  "\u0000::echo::on",
  "\u001B[31m::group::mine\u001B[0m",
  "\u001B]0;title\u0007::save-state name=x::mine",
  "::ERROR file=a.ts,line=1::mine",
  "##[error]mine",
  "abc ##[add-mask]x",
  "##[x]##[set-env name=PATH]mine",
  "###[add-path]/tmp",
  "#\u200D#[error]mine",
  "##\u001B[0m[error]mine",
  "##[warning\u2028]mine",
  "before\r::set-output name=image::mine",
  "before\r\n::add-matcher::/tmp/matcher.json",
  "before\n::remove-matcher owner=x::",
  "\u202E::add-path::mine",
  "\u001B]8;;http://evil.example\u001B\\link\u001B]8;;\u001B\\",
  "\u001B[2J\u001B[H\u0007\u0008 screen",
];
