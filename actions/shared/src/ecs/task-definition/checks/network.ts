// Network modes and ports.
import type { ContainerDefinition, PortMapping } from "@aws-sdk/client-ecs";
import { outside, type Rule, type Task } from "./task.ts";

export const networkRules: Rule[] = [
  (task) => task.containers.flatMap(({ container, path }) => modeProblems(container, path, task)),
  (task) =>
    task.containers.flatMap(({ container: { portMappings = [] }, path }) => [
      ...portMappings.flatMap((port, index) => portProblems(port, `${path}.portMappings[${index}]`, task)),
      ...overlaps(portMappings, path),
    ]),
  portClashes,
];

/** API reference, ContainerDefinition: portMappings, links, hostname, extraHosts. */
function modeProblems(container: ContainerDefinition, path: string, { networkMode }: Task): string[] {
  const refused: [keyof ContainerDefinition, boolean, string][] = [
    ["portMappings", networkMode === "none", "the network mode none has no ports"],
    ["links", networkMode !== "bridge", `links need the network mode bridge, not ${networkMode}`],
    ["hostname", networkMode === "awsvpc", "the network mode awsvpc does not support it"],
    ["extraHosts", networkMode === "awsvpc", "the network mode awsvpc does not support it"],
  ];
  return refused
    .filter(([key, isRefused]) => isRefused && container[key] !== undefined)
    .map(([key, , why]) => `${path}.${key}: ${why}`);
}

const ports = { from: 0, to: 65_535 };

/** API reference, PortMapping. A hostPort of 0 is one that is not given. */
function portProblems(port: PortMapping, path: string, { networkMode }: Task): string[] {
  const { containerPort, hostPort, containerPortRange, name } = port;
  const problems = [
    ...outside(`${path}.containerPort`, containerPort, ports),
    ...outside(`${path}.hostPort`, hostPort, ports),
  ];
  if ((networkMode === "awsvpc" || networkMode === "host") && hostPort && containerPort && hostPort !== containerPort)
    problems.push(
      `${path}.hostPort: must be ${containerPort} as containerPort is, or left out, in the network mode ${networkMode}; it is ${hostPort}`,
    );
  if (containerPortRange !== undefined) problems.push(...rangeProblems(port, path, networkMode));
  if (name !== undefined && !/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(name))
    problems.push(
      `${path}.name: must be up to 64 lowercase letters, numbers, underscores and hyphens, and not begin with a hyphen`,
    );
  return problems;
}

function rangeProblems(
  { containerPort, hostPort, containerPortRange }: PortMapping,
  path: string,
  mode: string,
): string[] {
  const problems: string[] = [];
  if (containerPort || hostPort)
    problems.push(
      `${path}: has containerPortRange and ${containerPort ? "containerPort" : "hostPort"}; use one of them`,
    );
  if (mode === "host" || mode === "none")
    problems.push(`${path}.containerPortRange: needs the network mode bridge or awsvpc, not ${mode}`);
  const [from, to] = rangeOf(containerPortRange);
  if (!(from >= 1 && from < to && to <= ports.to))
    problems.push(
      `${path}.containerPortRange: must be two ports from 1 to 65535, the lower one first, such as 8000-8010`,
    );
  return problems;
}

/** First and last port; NaN for what is no range. */
function rangeOf(text: string | undefined): [number, number] {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text ?? "") ?? [];
  return [Number(from), Number(to)];
}

/** A port is in one mapping of a container alone (API reference, PortMapping, containerPortRange). */
function overlaps(portMappings: PortMapping[], path: string): string[] {
  const ranges = portMappings
    .filter(({ containerPortRange }) => containerPortRange !== undefined)
    .map((port) => ({
      text: port.containerPortRange,
      range: rangeOf(port.containerPortRange),
      protocol: port.protocol ?? "tcp",
    }));
  return ranges.flatMap(({ text, range: [from, to], protocol }, index) =>
    ranges
      .slice(0, index)
      .filter((other) => other.protocol === protocol && other.range[0] <= to && from <= other.range[1])
      .map((other) => `${path}.portMappings: the ranges ${other.text} and ${text} overlap`),
  );
}

/** In awsvpc and host mode containers share the ports of one address; on a bridge only fixed host ports can clash. */
function portClashes({ containers, networkMode }: Task): string[] {
  const shared = networkMode === "awsvpc" || networkMode === "host";
  const owners = new Map<string, string[]>();
  for (const { container } of containers) {
    for (const { containerPort, hostPort, protocol = "tcp" } of container.portMappings ?? []) {
      const port = shared ? containerPort : hostPort;
      const key = `${port}/${protocol}`;
      if (port) owners.set(key, [...(owners.get(key) ?? []), container.name ?? "?"]);
    }
  }
  return [...owners]
    .filter(([, names]) => names.length > 1)
    .map(([port, names]) => `containerDefinitions: port ${port} is taken by ${names.join(" and ")}`);
}
