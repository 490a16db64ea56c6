import { clients, type ClientSettings } from "../../shared/src/clients.ts";
import { onDemand } from "../../shared/src/on-demand.ts";
import type { Dependencies } from "./dependencies.ts";

/** Those of every release, and what only some deployments need. */
export function deployClients(
  settings: ClientSettings,
): ReturnType<typeof clients> & Pick<Dependencies, "autoscaling" | "codeDeploy" | "cloudWatch"> {
  const others = () => import("./clients-on-demand.ts");
  return {
    ...clients(settings),
    autoscaling: () => onDemand(async () => new (await others()).ApplicationAutoScalingClient(settings as object)),
    codeDeploy: () => onDemand(async () => new (await others()).CodeDeployClient(settings as object)),
    cloudWatch: () => onDemand(async () => new (await others()).CloudWatchClient(settings as object)),
  };
}
