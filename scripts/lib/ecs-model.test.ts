import { describe, expect, it } from "vitest";
import { ecsModel as table } from "../../actions/shared/src/ecs/task-definition/ecs-model.ts";
import { structuresBelow } from "./ecs-model.ts";

const types = `export interface Outer {
    /**
     * The mode.
     */
    mode: TransportProtocol | undefined;
    names?: string[] | undefined;
    inner?: Inner | undefined;
    permissions?: DeviceCgroupPermission[] | undefined;
}
export interface Inner {
    count?: number | undefined;
    labels?: Record<string, string> | undefined;
}
`;

describe("the table of ECS's model", () => {
  it("has members, types, enumerations and what is required, of all structures below one", () => {
    const inner = [
      3,
      "ns",
      "Inner",
      0,
      ["count", "labels", "outers"],
      [1, 128, () => [1, "ns", "Outers", 0, () => outer]],
    ];
    const outer = [
      3,
      "ns",
      "Outer",
      0,
      ["mode", "names", "inner", "permissions", "secret"],
      [0, 64, [() => inner, 0], 64, [2, "ns", "Map", 0, 0, 0]],
      1,
    ];
    expect(Object.fromEntries(structuresBelow(outer as never, types))).toEqual({
      Outer: { mode: "tcp|udp!", names: "[string]", inner: "Inner", permissions: "[mknod|read|write]", secret: "map" },
      Inner: { count: "integer", labels: "map", outers: "[Outer]" },
    });
  });

  it.each([
    ["a type that is not known", [4], types],
    ["a kind that is not known", [[9, "ns", "Blob", 0]], types],
    ["a structure without a declaration", [0], ""],
  ])("is not made from %s", (_what, schemas, declarations) => {
    expect(() => structuresBelow([3, "ns", "Outer", 0, ["mode"], schemas] as never, declarations)).toThrow(
      "client-ecs",
    );
  });

  // Facts of the API reference, as a look from outside.
  it.each([
    ["RegisterTaskDefinitionRequest", "family", "string!"],
    ["RegisterTaskDefinitionRequest", "cpu", "string"],
    ["ContainerDefinition", "cpu", "integer"],
    ["ContainerDefinition", "command", "[string]"],
    ["ContainerDefinition", "dockerLabels", "map"],
    ["PortMapping", "protocol", "tcp|udp"],
    ["Secret", "valueFrom", "string!"],
    ["Volume", "efsVolumeConfiguration", "EFSVolumeConfiguration"],
  ])("says of %s.%s: %s", (structure, member, type) => {
    expect(table[structure]?.[member]).toBe(type);
  });
});
