// Terraform for infra/bootstrap: in a copy, whose backend can be the local disk while the bucket does not exist.
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../infra/local/paths.ts";
import { exists } from "../../../infra/local/prerequisites.ts";
import { Problem } from "../../../infra/local/problem.ts";
import { attempt, type RunResult } from "../../../infra/local/process.ts";

const sources = ["infra/bootstrap", "infra/modules/bootstrap"];
const planFile = "bootstrap.tfplan";

export interface Settings {
  bucket: string;
  region: string;
  github: boolean;
}

export interface TerraformOptions {
  /** Path of the binary. */
  binary: string;
  /** Folder of this account and bucket; it holds the state while that is not in the bucket. */
  folder: string;
  env: NodeJS.ProcessEnv;
  settings: Settings;
  /** Lines of Terraform's output. */
  print: (line: string) => void;
  /** Further settings of the backend, and of the provider as files: those of the local AWS. */
  backend?: Record<string, string>;
  files?: Record<string, string>;
}

export class WorkFolder {
  private readonly options: TerraformOptions;
  private readonly cwd: string;
  private readonly localState: string;

  constructor(options: TerraformOptions) {
    this.options = options;
    this.cwd = join(options.folder, "infra/bootstrap");
    this.localState = join(options.folder, "terraform.tfstate");
  }

  /** Whether an interrupted command left the state here. */
  hasLocalState(): Promise<boolean> {
    return exists(this.localState);
  }

  /** Copies the configuration, with `imports` of what exists already, by resource. */
  async prepare(imports: Record<string, string> = {}): Promise<void> {
    const { folder, files = {} } = this.options;
    await rm(join(folder, "infra"), { recursive: true, force: true });
    const isSource = (path: string) => !path.includes(".terraform/");
    for (const source of sources)
      await cp(join(root, source), join(folder, source), { recursive: true, filter: isSource });
    const blocks = Object.entries(imports).map(([to, id]) => `import {\n  to = ${to}\n  id = "${id}"\n}\n`);
    if (blocks.length > 0) await writeFile(join(this.cwd, "imports.tf"), blocks.join("\n"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.cwd, name), text);
  }

  /** Keeps the state on this disk. With `migrate`, it is moved here from where it was. */
  async useLocalState({ migrate = false } = {}): Promise<void> {
    await writeFile(join(this.cwd, "backend_override.tf"), `terraform {\n  backend "local" {}\n}\n`);
    await this.init([`-backend-config=path=${this.localState}`], migrate);
  }

  /** Keeps the state in the bucket. With `migrate`, it is moved there from where it was. */
  async useBucket({ migrate = false } = {}): Promise<void> {
    const { bucket, region } = this.options.settings;
    await rm(join(this.cwd, "backend_override.tf"), { force: true });
    const backend = { bucket, region, ...this.options.backend };
    await this.init(
      Object.entries(backend).map(([name, value]) => `-backend-config=${name}=${value}`),
      migrate,
    );
  }

  private async init(backend: string[], migrate: boolean): Promise<void> {
    // -force-copy answers the question whether to copy the state.
    const how = migrate ? ["-migrate-state", "-force-copy"] : ["-reconfigure"];
    await this.must(["init", "-input=false", ...how, ...backend], { quiet: true });
  }

  /** Shows the plan. @returns whether it changes anything */
  async plan(options: { destroy?: boolean } = {}): Promise<boolean> {
    const mode = options.destroy === true ? ["-destroy"] : [];
    const args = ["plan", "-input=false", "-detailed-exitcode", ...mode, `-out=${planFile}`, ...this.variables()];
    const { code, stderr } = await this.terraform(args);
    if (code !== 0 && code !== 2) throw this.failed("plan", code, stderr);
    return code === 2;
  }

  async applyPlan(): Promise<void> {
    await this.must(["apply", "-input=false", planFile]);
  }

  /** Deletes everything, and the states in the bucket with it. */
  async destroy(): Promise<void> {
    const args = ["-input=false", "-auto-approve", ...this.variables(), "-var=protected=false"];
    // force_destroy works only if it is in the state.
    await this.must(["apply", ...args]);
    await this.must(["destroy", ...args]);
  }

  /** Addresses of the resources in the state. */
  async resources(): Promise<string[]> {
    const { stdout } = await this.must(["state", "list"], { quiet: true });
    return stdout.split("\n").filter((line) => line !== "" && !line.includes(".data."));
  }

  async removeLocalState(): Promise<void> {
    for (const file of [this.localState, `${this.localState}.backup`]) await rm(file, { force: true });
  }

  private variables(): string[] {
    const { bucket, region, github } = this.options.settings;
    return [`-var=bucket=${bucket}`, `-var=aws_region=${region}`, `-var=github=${github}`];
  }

  private async must(args: string[], options: { quiet?: boolean } = {}): Promise<RunResult> {
    const result = await this.terraform(args, options);
    if (result.code !== 0) throw this.failed(args[0] ?? "", result.code, result.stderr);
    return result;
  }

  private terraform(args: string[], { quiet = false } = {}): Promise<RunResult> {
    const { binary, env, print } = this.options;
    return attempt([binary, ...args, "-no-color"], { cwd: this.cwd, env, ...(quiet ? {} : { onLine: print }) });
  }

  private failed(command: string, code: number, stderr: string): Problem {
    const lines = stderr.trimEnd().split("\n").slice(-15).join("\n    ");
    return new Problem(
      `terraform ${command} failed with exit code ${code}${lines === "" ? "." : `:\n    ${lines}`}`,
      `Fix the reported problem and run the same command again; it continues from the state in ${this.options.folder} or in the bucket.`,
    );
  }
}
