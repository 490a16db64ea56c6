// The root action's inputs are those of the actions that it is made of; all their problems come in one message.
import { readInputs as readDeploy, type Inputs as DeployInputs } from "../../deploy/src/inputs.ts";
import { readInputs as readRender, type Inputs as RenderInputs } from "../../render-task-definition/src/inputs.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { readInputs as readSmokeTest, type Inputs as SmokeTestInputs } from "../../smoke-test/src/inputs.ts";

export interface Inputs {
  render: RenderInputs;
  /** Of the migration's definition, where there is one. */
  renderMigration: RenderInputs | undefined;
  /** For a rendered definition, and the migration's. */
  deploy: (taskDefinition: string, migration: string | undefined) => DeployInputs;
  /** undefined: no url, no smoke test. */
  smokeTest: ((taskDefinitionArn: string) => SmokeTestInputs) | undefined;
  cluster: string;
  service: string;
  rollbackOnFailure: boolean;
}

export function readInputs(source: InputSource): Inputs {
  const problems: string[] = [];
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.message.split("\n").slice(1));
      return undefined;
    }
  };
  const own = collect(() => readOwn(source));
  const render = collect(() => readRender(source));
  const migration = source("migration-task-definition").trim();
  const renderMigration =
    migration === ""
      ? undefined
      : collect(() => readRender(only({ "task-definition": migration, images: source("migration-images") })));
  const deploy = (taskDefinition: string, migrationFile: string | undefined) =>
    readDeploy(
      changed(source, {
        "task-definition": taskDefinition,
        "migration-task-definition": migrationFile ?? "",
        "wait-for-service-stability": "true",
      }),
    );
  collect(() => deploy("family:1", migration === "" ? undefined : "family:1"));
  const smokeTest = (taskDefinitionArn: string) =>
    readSmokeTest(changed(source, { "task-definition-arn": taskDefinitionArn }));
  const hasUrl = source("url").trim() !== "";
  if (hasUrl) collect(() => smokeTest(""));
  if (problems.length > 0 || !render || !own) {
    // A missing service is reported once, not by each part.
    const all = problems.filter(
      (problem, index) => problems.findIndex((other) => subject(other) === subject(problem)) === index,
    );
    throw new ConfigurationError(
      `${all.length === 1 ? "One input is" : `${all.length} inputs are`} not usable; nothing was done.\n${all.join("\n")}`,
    );
  }
  return { render, renderMigration, deploy, smokeTest: hasUrl ? smokeTest : undefined, ...own };
}

const subject = (problem: string): string => (/^ *(task-definition or )?service: /.test(problem) ? "service" : problem);

function readOwn(source: InputSource): Pick<Inputs, "cluster" | "service" | "rollbackOnFailure"> {
  const read = new InputReader(source);
  const service = read.required("service", "rainbow-seeker-api");
  if (/[,\n]/.test(service))
    read.problem(
      "service: this action deploys one service; use it once for each, or the action deploy for several with one definition",
    );
  const own = {
    service,
    cluster: read.optional("cluster") ?? "default",
    rollbackOnFailure: read.boolean("rollback-on-failure", true),
  };
  if (read.optional("expect-version") !== undefined && read.optional("url") === undefined)
    read.problem("expect-version: is looked for at url; give url too");
  if (read.optional("migration-task-definition") !== undefined)
    read.required("migration-images", "migrate=${{ steps.build.outputs.image }}");
  read.finish();
  return own;
}

/** The same inputs with some of another value. */
const changed =
  (source: InputSource, values: Record<string, string>): InputSource =>
  (name) =>
    values[name] ?? source(name);

const only =
  (values: Record<string, string>): InputSource =>
  (name) =>
    values[name] ?? "";
