import type { Dependencies as DeployTools } from "../../deploy/src/dependencies.ts";
import type { Dependencies as RenderTools } from "../../render-task-definition/src/dependencies.ts";
import type { Dependencies as SmokeTestTools } from "../../smoke-test/src/main.ts";

export interface Dependencies
  extends
    Omit<DeployTools, "setOutputs" | "annotate">,
    Pick<RenderTools, "folder">,
    Pick<SmokeTestTools, "run" | "send" | "annotate"> {
  setOutputs: (outputs: Record<string, string | number | boolean>) => void;
}

/** Paths of the rendered files. */
export interface Definitions {
  path: string;
  migration: string | undefined;
}
