import type { InputReader } from "../../shared/src/inputs.ts";

/** Names for a service that CodeDeploy deploys; those that are not given follow CodeDeploy's own naming. */
export interface CodeDeployInputs {
  appSpec: string;
  application: string | undefined;
  group: string | undefined;
  description: string | undefined;
  configuration: string | undefined;
}

export function readCodeDeploy(read: InputReader): CodeDeployInputs {
  return {
    appSpec: read.optional("codedeploy-appspec") ?? "appspec.yaml",
    application: read.optional("codedeploy-application"),
    group: read.optional("codedeploy-deployment-group"),
    description: read.optional("codedeploy-deployment-description"),
    configuration: read.optional("codedeploy-deployment-config"),
  };
}
