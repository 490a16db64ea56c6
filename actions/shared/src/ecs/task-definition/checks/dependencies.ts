// Containers that name each other: dependencies, volumes, links and the proxy.
import { nearest } from "../../../nearest.ts";
import type { Notices, PlacedContainer, Rule, Task } from "./task.ts";

export const dependencyRules: Rule[] = [
  (task) => task.containers.flatMap((one) => dependencies(one, task)),
  cycles,
  ({ containers, names }) =>
    containers.flatMap(({ container: { volumesFrom = [] }, path }) =>
      volumesFrom.flatMap(({ sourceContainer }, index) =>
        named(`${path}.volumesFrom[${index}].sourceContainer`, sourceContainer, names),
      ),
    ),
];

/** Whether ECS looks for the containers of links and of the proxy is not documented. */
export const referenceNotices: Notices = ({ definition: { proxyConfiguration: proxy }, containers, names }) => [
  ...containers.flatMap(({ container: { links = [] }, path }) =>
    links.flatMap((link, index) => named(`${path}.links[${index}]`, link.split(":")[0], names)),
  ),
  ...(proxy?.containerName === undefined ? [] : named("proxyConfiguration.containerName", proxy.containerName, names)),
];

function named(path: string, name: string | undefined, names: string[]): string[] {
  if (name === undefined) return [`${path}: is missing; it names a container`];
  return names.includes(name) ? [] : [`${path}: there is no container ${name}${nearest(name, names)}`];
}

/** API reference, ContainerDependency, condition. */
function dependencies({ container, path }: PlacedContainer, { containers, names }: Task): string[] {
  return (container.dependsOn ?? []).flatMap(({ containerName, condition }, index) => {
    const at = `${path}.dependsOn[${index}]`;
    if (containerName === undefined) return [];
    if (containerName === container.name) return [`${at}: ${containerName} depends on itself`];
    const unknown = named(at, containerName, names);
    if (unknown.length > 0) return unknown;
    const on = containers.find((other) => other.container.name === containerName)?.container;
    if (condition === "HEALTHY" && on?.healthCheck === undefined)
      return [`${at}.condition: ${containerName} has no healthCheck, so that it never becomes HEALTHY`];
    if ((condition === "COMPLETE" || condition === "SUCCESS") && on?.essential !== false)
      return [`${at}.condition: ${containerName} is essential; ${condition} requires essential: false there`];
    return [];
  });
}

/** Containers that wait for each other never start. Each is named once, by the container that it is found from. */
function cycles({ containers }: Task): string[] {
  const after = new Map(
    containers.map(({ container: { name = "", dependsOn = [] } }) => [
      name,
      dependsOn.flatMap(({ containerName }) => (containerName === name ? [] : (containerName ?? []))),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (name: string, way: string[]): void => {
    const start = way.indexOf(name);
    if (start >= 0) found.push([...way.slice(start), name].join(" → "));
    if (start >= 0 || done.has(name)) return;
    for (const next of after.get(name) ?? []) follow(next, [...way, name]);
    done.add(name);
  };
  for (const name of after.keys()) follow(name, []);
  return found.map((way) => `containerDefinitions: the containers wait for each other: ${way}`);
}
