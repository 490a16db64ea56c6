// Workflows run by act in host mode, as a repository calls them, with a toolkit of its own beside it.
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { root } from "../../infra/local/paths.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { withCompleteReferences } from "../../infra/local/references.ts";

export const toolkitReference = "rainbow-seeker/deploy-toolkit@v1";

export function write(base: string, path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

/** A workflow with other jobs, each made of the one of its name. */
export function changedJobs<Job extends object>(text: string, change: (name: string, job: Job) => object): string {
  const { jobs, ...rest } = load(text) as { jobs: Record<string, Job> };
  const changed = Object.entries(jobs).map(([name, job]) => [name, change(name, job)]);
  return dump({ ...rest, jobs: Object.fromEntries(changed) }, { lineWidth: -1 });
}

export interface ActRun {
  event: string;
  /** In .github/workflows; all that the event starts, if there is none. */
  file?: string;
  payload: object;
  variables?: Record<string, string>;
  secrets?: Record<string, string>;
  environment?: Record<string, string>;
  /** Folders with programs, before the system's. */
  path?: string[];
}

/** A repository in git, and the toolkit that its workflows use, in a folder of the test. */
export class ActRepository {
  readonly folder: string;
  readonly repository: string;
  readonly toolkit: string;
  private readonly bin: string;

  /** @param bin folder with act @param actions whose committed bundles the toolkit has */
  constructor(folder: string, { bin, actions }: { bin: string; actions: string[] }) {
    this.folder = folder;
    this.bin = bin;
    this.repository = join(folder, "repository");
    this.toolkit = join(folder, "toolkit");
    write(this.toolkit, "action.yml", "");
    for (const name of actions)
      for (const part of ["action.yml", "dist"])
        cpSync(join(root, "actions", name, part), join(this.toolkit, "actions", name, part), { recursive: true });
  }

  /** A workflow of this repository into the toolkit, as `change` makes it. */
  addWorkflow(file: string, change: (text: string) => string = (text) => text): void {
    const source = readFileSync(join(root, ".github/workflows", file), "utf8");
    write(this.toolkit, `.github/workflows/${file}`, withCompleteReferences(change(source), toolkitReference));
  }

  /** The same workflow as a file of the repository itself. */
  useWorkflow(file: string): void {
    const path = `.github/workflows/${file}`;
    write(this.repository, path, readFileSync(join(this.toolkit, path), "utf8"));
  }

  git(...args: string[]): Promise<string> {
    const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    return run(["git", "-C", this.repository, ...author, ...args]);
  }

  async init(): Promise<void> {
    await run(["git", "init", "--quiet", "--initial-branch=main", this.repository]);
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "--message", message);
  }

  async act({ event, file, payload, variables = {}, secrets = {}, environment = {}, path = [] }: ActRun) {
    const eventFile = join(this.folder, "event.json");
    writeFileSync(eventFile, JSON.stringify(payload));
    const home = join(this.folder, "home");
    mkdirSync(home, { recursive: true });
    const places = [`${toolkitReference}=${this.toolkit}`, ...this.standIns()];
    const command = [
      join(this.bin, "act"),
      event,
      "--platform=ubuntu-latest=-self-hosted",
      "--no-cache-server",
      "--rm",
      `--eventpath=${eventFile}`,
      ...(file === undefined ? [] : [`--workflows=${join(this.repository, ".github/workflows", file)}`]),
      ...Object.entries(variables).map(([name, value]) => `--var=${name}=${value}`),
      ...Object.entries(secrets).map(([name, value]) => `--secret=${name}=${value}`),
      ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
      ...places.flatMap((one) => ["--local-repository", one]),
    ];
    const env = {
      PATH: [dirname(process.execPath), ...path, this.bin, "/usr/local/bin:/usr/bin:/bin"].join(":"),
      GIT_PAGER: "cat",
      LANG: "C.UTF-8",
      HOME: home,
      CHECKPOINT_DISABLE: "1",
    };
    const { code, stdout, stderr } = await attempt(command, { cwd: this.repository, env });
    return { code, text: stdout + stderr };
  }

  /** Of third-party actions: infra/local/act has one for each that cannot be fetched here. */
  private standIns(): string[] {
    const files = [this.toolkit, this.repository].flatMap((base) => globSync(join(base, ".github/workflows/*.yml")));
    const used = files.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/uses: ([\w-]+\/([\w-]+)@[0-9a-f]{40})/g)].map(([, one = ""]) => one),
    );
    return [...new Set(used)]
      .filter((one) => !one.startsWith("actions/checkout"))
      .map((one) => `${one}=${join(root, "infra/local/act", /\/([\w-]+)@/.exec(one)?.[1] ?? "")}`);
  }
}
