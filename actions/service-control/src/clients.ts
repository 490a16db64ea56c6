import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { ECSClient } from "@aws-sdk/client-ecs";
import type { ClientSettings } from "../../shared/src/clients.ts";
import { onDemand } from "../../shared/src/on-demand.ts";
import type { Dependencies } from "./dependencies.ts";

export const serviceControlClients = (
  settings: ClientSettings,
): Pick<Dependencies, "ecs" | "autoscaling" | "loadBalancing"> => ({
  ecs: new ECSClient(settings),
  autoscaling: new ApplicationAutoScalingClient(settings as object),
  loadBalancing: onDemand(
    async () => new (await import("./clients-on-demand.ts")).ElasticLoadBalancingV2Client(settings as object),
  ),
});
