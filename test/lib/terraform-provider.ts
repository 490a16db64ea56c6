// The AWS provider as a program that stays: Terraform attaches to it instead of starting one for each run of a test.
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { startProviderProxy } from "./provider-proxy.ts";
import { typesInUse, withoutOtherTypes } from "./provider-schema.ts";

export interface Provider {
  /** For Terraform: where the provider listens. */
  env: NodeJS.ProcessEnv;
  stop: () => void;
}

/** Path of the provider's program, which `terraform init` of production installs or links. */
export async function providerProgram(terraform: string): Promise<string> {
  const data = join(stateDir, "terraform-provider");
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], {
    cwd: join(root, "infra/environments/production"),
    env: { ...process.env, TF_CLI_CONFIG_FILE: await terraformConfiguration(), TF_DATA_DIR: data },
  });
  const folder = join(data, "providers/registry.terraform.io/hashicorp/aws");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const version of files.filter((path) => !path.includes("/")))
    for (const platform of readdirSync(join(folder, version)))
      for (const file of readdirSync(join(folder, version, platform)))
        if (file.startsWith("terraform-provider-aws")) return join(folder, version, platform, file);
  throw new Error(`No provider in ${folder}.`);
}

const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Starts the provider, and whenever a test configures it in two ways at once another process of it. */
export async function startProvider(program: string): Promise<Provider> {
  // The provider reads AWS_CA_BUNDLE into its HTTP client at each configuration, and refuses to do so twice.
  const { AWS_CA_BUNDLE: _bundle, ...outside } = process.env;
  // Both programs hold the schema of every resource, which Go would go through again each time that little was added.
  const env = { GOGC: "500", ...outside };
  const started: Process[] = [];
  const startOne = async () => {
    const one = await startProcess(program, env);
    started.push(one);
    return one;
  };
  const first = await startOne();
  const own = `${first.socket}-proxy`;
  const types = typesInUse();
  const shorten = (answer: Buffer) => withoutOtherTypes(answer, types);
  const stopProxy = await startProviderProxy(first.socket, async () => (await startOne()).socket, own, shorten);
  return {
    env: { ...env, TF_REATTACH_PROVIDERS: first.address.replace(first.socket, own), AWS_REGION: "ap-northeast-1" },
    stop: () => {
      stopProxy();
      for (const { child, socket } of started) {
        running.delete(child);
        child.kill("SIGKILL");
        rmSync(socket, { force: true });
      }
    },
  };
}

interface Process {
  child: ChildProcess;
  /** For Terraform, with the socket in it. */
  address: string;
  socket: string;
}

async function startProcess(program: string, env: NodeJS.ProcessEnv): Promise<Process> {
  const child = spawn(program, ["-debug"], { env, stdio: ["ignore", "pipe", "ignore"] });
  running.add(child);
  const address = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /TF_REATTACH_PROVIDERS='([^']*)'/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`The AWS provider exited with ${code}.`)));
  });
  const socket = /"String":"([^"]*)"/.exec(address)?.[1];
  if (socket === undefined) throw new Error(`No socket in ${address}.`);
  return { child, address, socket };
}
