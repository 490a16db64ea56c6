// Log drivers and the FireLens router. Source: API reference, LogConfiguration and FirelensConfiguration.
import type { PlacedContainer, Rule } from "./task.ts";

export const loggingRules: Rule[] = [
  ({ containers, fargate, later }) => (later ? [] : containers.flatMap((one) => driverOptions(one, fargate))),
  ({ containers }) => {
    const routers = containers.filter(({ container }) => container.firelensConfiguration !== undefined);
    if (routers.length > 1)
      return [
        `containerDefinitions: ${routers.map(({ container }) => container.name).join(" and ")} have firelensConfiguration; a task has one log router`,
      ];
    return routers.length === 1
      ? []
      : containers
          .filter(({ container }) => container.logConfiguration?.logDriver === "awsfirelens")
          .map(
            ({ path }) =>
              `${path}.logConfiguration.logDriver: awsfirelens needs a container with firelensConfiguration in the task`,
          );
  },
];

const requiredOptions = new Map<string, string[]>([
  ["awslogs", ["awslogs-group"]],
  ["splunk", ["splunk-token", "splunk-url"]],
]);
const onFargate = new Map<string, string[]>([["awslogs", ["awslogs-region", "awslogs-stream-prefix"]]]);

function driverOptions({ container: { logConfiguration }, path }: PlacedContainer, fargate: boolean): string[] {
  const { logDriver, options = {}, secretOptions = [] } = logConfiguration ?? {};
  const at = `${path}.logConfiguration.options`;
  const given = new Set([...Object.keys(options), ...secretOptions.map(({ name }) => name)]);
  const required = [
    ...(requiredOptions.get(logDriver ?? "") ?? []),
    ...(fargate ? (onFargate.get(logDriver ?? "") ?? []) : []),
  ];
  const problems = required
    .filter((option) => !given.has(option))
    .map((option) => `${at}.${option}: is missing; the log driver ${logDriver} requires it`);
  if (given.has("awslogs-datetime-format") && given.has("awslogs-multiline-pattern"))
    problems.push(`${at}: has awslogs-datetime-format and awslogs-multiline-pattern; use one of them`);
  return problems;
}
