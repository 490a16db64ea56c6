// A repository in memory, in which init runs.
import { main } from "../../src/init/main.ts";
import { initInputs } from "../../src/init/inputs.ts";
import type { Dependencies } from "../../src/init/dependencies.ts";
import type { ProcessResult } from "../../../actions/shared/src/process.ts";

export const commit = "0123456789abcdef0123456789abcdef01234567";
export const dockerfile = "FROM node:24\nARG COMMIT\nEXPOSE 8080\nUSER 1000\n";

export interface Run {
  code: number;
  log: string;
  outputs: Record<string, unknown>;
}

export class Repository {
  readonly files: Map<string, string>;
  readonly asked: string[] = [];
  /** Output of a program by its first words; one that is not here cannot be run. */
  readonly programs: Record<string, Partial<ProcessResult>> = {
    "git -C": { stdout: "git@github.com:somebody/My_Shop.git\n" },
    "gh api": { stdout: "456789\n123456\n" },
  };

  constructor(files: Record<string, string> = { Dockerfile: dockerfile }) {
    this.files = new Map(Object.entries(files));
  }

  async init(options: Record<string, string> = {}, more: Partial<Dependencies> = {}): Promise<Run> {
    const lines: string[] = [];
    const outputs: Record<string, unknown> = {};
    const code = await main((name) => options[name] ?? initInputs[name]?.default ?? "", {
      read: async (path) => this.files.get(path),
      write: async (path, text) => void this.files.set(path, text),
      folder: "/shop",
      run: async (command) => {
        const result = this.programs[command.slice(0, 2).join(" ")];
        if (result === undefined) throw new Error(`${command[0]} cannot be run`);
        return { code: 0, stdout: "", stderr: "", ...result };
      },
      region: "ap-northeast-1",
      toolkit: {
        repository: "rainbow-seeker/deploy-toolkit",
        commit: async () => commit,
        pins: async () => ({ checkout: "actions/checkout@1 # v1", login: "aws-actions/login@2 # v2" }),
      },
      ask: undefined,
      log: (line) => lines.push(line),
      setOutputs: (values) => Object.assign(outputs, values),
      ...more,
    });
    return { code, log: lines.join("\n"), outputs };
  }

  text(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw new Error(`There is no ${path}.`);
    return text;
  }
}
