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
    description: shortened(read.optional("codedeploy-deployment-description")),
    configuration: read.optional("codedeploy-deployment-config"),
  };
}

/** Characters, as the replaced action documents and counts them: in UTF-16. */
const longestDescription = 512;

/** Cut with an ellipsis for the last character, never in the middle of one. */
function shortened(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= longestDescription) return text;
  return `${text.slice(0, longestDescription - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
