// What the services run: none that is missing, none at 0 without a reason.
import { commandLine } from "../../../../actions/shared/src/command-line.ts";
import { wasNeverDeployed } from "../../../../actions/shared/src/ecs/first-deployment.ts";
import { tagOf } from "../../../../actions/shared/src/ecs/service.ts";
import { advice, change, fine, notChecked, unknownBecause, type Answer } from "../finding.ts";
import { servicesOf, type Facts } from "../facts.ts";
import type { ServiceFacts } from "../aws-facts.ts";

export async function checkServices(facts: Facts): Promise<Answer[]> {
  const services = servicesOf(facts);
  if (services.length === 0)
    return [notChecked("no services are known", "Give them: --cluster CLUSTER --service SERVICE.")];
  return Promise.all(services.map((key) => checkService(facts, key).catch(unknownBecause)));
}

async function checkService({ aws }: Facts, key: string): Promise<Answer> {
  const found = await aws.service(key);
  if (found === undefined) {
    const [cluster = "", name = ""] = key.split("/");
    const what = (await aws.hasCluster(cluster))
      ? `the service ${name} in the cluster ${cluster}`
      : `the cluster ${cluster}`;
    return change(
      `there is no ${what.replace("the ", "")} in ${await aws.region()}`,
      "terraform apply, or correct the name in the workflow, or AWS_REGION.",
    );
  }
  return evaluateService(found);
}

export function evaluateService({ cluster, name, service, definition, tags }: ServiceFacts): Answer {
  const { desiredCount = 0, runningCount = 0, status } = service;
  if (status !== "ACTIVE") return change(`${name} is ${status}: it is being deleted`, "terraform apply");
  const reason = tagOf(service, "emergency:reason");
  if (reason !== undefined)
    return advice(
      `${name} is in emergency mode (${reason}), since ${tagOf(service, "emergency:at") ?? "an unknown time"}, by ${tagOf(service, "emergency:by") ?? "somebody unknown"}: it stays at ${desiredCount}`,
      commandLine("service-control resume", { cluster, service: name, reason: "…" }),
    );
  if (desiredCount > 0)
    return runningCount >= desiredCount
      ? fine(`${name}: ${runningCount} of ${desiredCount} tasks run`)
      : change(
          `${name}: only ${runningCount} of ${desiredCount} tasks run`,
          commandLine("explain", { cluster, service: name }),
        );
  const initial = tagOf(service, "deploy:initial-count");
  if (initial !== undefined && wasNeverDeployed(service, { definition, tags }))
    return fine(`${name} is at 0 and was never deployed: the first deployment starts ${initial} tasks`);
  return change(
    `${name} is at 0, and no emergency is on record: nothing answers, and a deployment does not change that`,
    `aws ecs update-service --cluster ${cluster} --service ${name} --desired-count ${initial ?? "COUNT"}`,
  );
}
