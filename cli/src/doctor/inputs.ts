import { InputReader, type InputSource } from "../../../actions/shared/src/inputs.ts";

export const doctorInputs = {
  environment: {
    description: "The environment to check: its roles, variables, rules and services.",
    default: "production",
  },
  cluster: { description: "Cluster of the services. Default: as the workflows name it." },
  service: { description: "Services, one per line or option. Default: those that the workflows deploy." },
  repository: {
    description: "GitHub repository, OWNER/NAME. Default: GITHUB_REPOSITORY, else the remote origin of the folder.",
  },
  folder: { description: "Checkout of that repository, whose workflows are read.", default: "." },
  variables: {
    description:
      "Values of repository variables, lines NAME=value: for a terminal without a GitHub token. They take precedence.",
  },
};

export interface Inputs {
  environment: string;
  cluster: string | undefined;
  services: string[];
  repository: string | undefined;
  folder: string;
  variables: Map<string, string>;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs = {
    environment: read.optional("environment") ?? "production",
    cluster: read.optional("cluster"),
    services: read.names("service"),
    repository: read.optional("repository"),
    folder: read.optional("folder") ?? ".",
    variables: read.pairs("variables", "NAME=value"),
  };
  if (inputs.repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(inputs.repository))
    read.problem(`repository: must be OWNER/NAME, not "${inputs.repository}"`);
  if (inputs.services.length > 0 && inputs.cluster === undefined)
    read.problem("cluster: is required with service, for example rainbow-seeker-cluster");
  read.finish();
  return inputs;
}
