import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { clients, type ClientSettings } from "../../shared/src/clients.ts";
import type { Dependencies } from "./dependencies.ts";

/** Those of every release, and what only some deployments need. */
export function deployClients(
  settings: ClientSettings,
): ReturnType<typeof clients> & Pick<Dependencies, "codeDeploy" | "cloudWatch"> {
  return {
    ...clients(settings),
    codeDeploy: () => new CodeDeployClient(settings as object),
    cloudWatch: () => new CloudWatchClient(settings as object),
  };
}
