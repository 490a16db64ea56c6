// Plans modules by their variables alone: what their validations say to an input, in a plan that needs no provider.
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";

/** Input of a module: its folder below infra/, and the value of each variable. */
export interface Call {
  module: string;
  inputs: Record<string, unknown>;
}

/** Of a module. */
export interface Inputs {
  /** One good value of each variable without a default. */
  good: Record<string, unknown>;
  /** Values that are refused, by variable, with the others good. */
  refused: Record<string, unknown[]>;
  /** Values that are just good enough, by variable; null is a value too. */
  accepted: Record<string, unknown[]>;
  /** Variables that other modules validate, to which they are passed on. */
  passedOn: string[];
  /** Values of several variables, and the one that is blamed. */
  together?: Record<"refused" | "accepted", Together[]>;
}

export interface Together {
  variable: string;
  inputs: Record<string, unknown>;
  /** The variable that has the validation, where it is another one. */
  validatedIn?: string;
}

interface Message {
  diagnostic?: { severity: string; summary: string; detail: string; range?: { filename: string } };
}

/** What validations may refer to, apart from variables; AWS would return it. */
const surroundings = `locals {\n  region = "ap-northeast-1"\n}\n`;

/** Copies the variables of all modules and environments, without resources. */
export async function copyVariables(folder: string, infra: string): Promise<void> {
  for (const kind of ["modules", "environments"]) {
    for (const name of await readdir(join(infra, kind))) {
      const [source, target] = [join(infra, kind, name), join(folder, kind, name)];
      await mkdir(target, { recursive: true });
      const files = (await readdir(source)).filter((file) => /^variables.*\.tf$/.test(file));
      for (const file of files) await cp(join(source, file), join(target, file));
      await writeFile(join(target, "surroundings.tf"), surroundings);
    }
  }
}

/** A string in a JSON configuration is a template. */
const literal = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? part.replaceAll("${", "$${") : part)),
  );

/** Calls that are planned together: Terraform's time grows with the square of what is in one configuration. */
const together = 32;

/**
 * @param folder an empty folder to plan in
 * @param infra where modules and environments are
 * @returns the errors of each call, in the order of the calls
 */
export async function errorsOf(
  calls: readonly Call[],
  folder: string,
  infra = join(root, "infra"),
): Promise<string[][]> {
  await copyVariables(folder, infra);
  return planCalls(calls, folder);
}

/** @param folder with the variables of all modules @returns the errors of each call, in the order of the calls */
export async function planCalls(calls: readonly Call[], folder: string): Promise<string[][]> {
  const errors: string[][] = [];
  for (let first = 0; first < calls.length; first += together)
    errors.push(...(await planTogether(calls.slice(first, first + together), folder)));
  return errors;
}

/**
 * Plans all calls at once, then those again that had no error: Terraform validates a configuration before it plans it,
 * and only the plan evaluates a validation that compares a variable with another one.
 */
async function planTogether(calls: readonly Call[], folder: string): Promise<string[][]> {
  const terraform = await terraformBinary(() => {});
  const inFolder = { cwd: folder, env: { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" } };
  const fileOf = (index: number) => join(folder, `call-${index}.tf.json`);
  for (const [index, { module, inputs }] of calls.entries()) {
    const call = { module: { [`call-${index}`]: { source: `./${module}`, ...(literal(inputs) as object) } } };
    await writeFile(fileOf(index), JSON.stringify(call));
  }
  await run([terraform, "init", "-input=false", "-no-color"], inFolder);
  const errors: string[][] = calls.map(() => []);
  for (const _ of ["validated", "planned"]) {
    if (errors.every((found) => found.length > 0)) break;
    const { stdout } = await attempt([terraform, "plan", "-input=false", "-json"], inFolder);
    for (const [index, error] of errorsIn(stdout)) errors[index]?.push(error);
    for (const [index, found] of errors.entries()) if (found.length > 0) await rm(fileOf(index), { force: true });
  }
  for (const index of calls.keys()) await rm(fileOf(index), { force: true });
  return errors;
}

function* errorsIn(output: string): Generator<[call: number, error: string]> {
  for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
    const { diagnostic } = JSON.parse(line) as Message;
    if (diagnostic?.severity !== "error") continue;
    const call = /^call-(\d+)\.tf\.json$/.exec(diagnostic.range?.filename ?? "")?.[1];
    if (call === undefined) throw new Error(`${diagnostic.summary}: ${diagnostic.detail}`);
    yield [Number(call), diagnostic.detail.replace(/\n\nThis was checked by the validation rule at .*$/s, "")];
  }
}
