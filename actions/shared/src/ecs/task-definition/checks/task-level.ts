// The family, tags, storage and platform of a task. Source: API reference, RegisterTaskDefinition, Tag,
// EphemeralStorage and RuntimePlatform.
import type { Tag } from "@aws-sdk/client-ecs";
import { nameProblem, outside, repeated, type Rule } from "./task.ts";

export const taskRules: Rule[] = [
  ({ definition: { family } }) => (family === undefined ? [] : nameProblem("family", family)),
  ({ definition: { tags = [] } }) => [
    ...(tags.length > 50 ? [`tags: has ${tags.length} tags; ECS takes 50`] : []),
    ...repeated(tags.flatMap(({ key }) => key ?? [])).map((key) => `tags: ${key} is there more than once`),
    ...tags.flatMap((tag, index) => tagProblems(tag, `tags[${index}]`)),
  ],
  ({ definition: { placementConstraints = [] } }) =>
    placementConstraints.length > 10
      ? [`placementConstraints: has ${placementConstraints.length} entries; ECS takes 10`]
      : [],
  ({ definition: { ephemeralStorage } }) =>
    outside("ephemeralStorage.sizeInGiB", ephemeralStorage?.sizeInGiB, { from: 21, to: 200, unit: "GiB" }),
  ({ definition: { runtimePlatform }, windows }) =>
    windows && runtimePlatform?.cpuArchitecture === "ARM64"
      ? ["runtimePlatform.cpuArchitecture: ARM64 is for Linux; Windows containers need X86_64"]
      : [],
];

/** The pattern is that of the API's model, lengths are in characters. */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function tagProblems({ key, value = "" }: Tag, path: string): string[] {
  if (key === undefined) return [`${path}.key: is missing`];
  return [
    ...([...key].length > 128 ? [`${path}.key: has ${[...key].length} characters; ECS takes 128`] : []),
    ...([...value].length > 256 ? [`${path}.value: has ${[...value].length} characters; ECS takes 256`] : []),
    ...[
      ["key", key],
      ["value", value],
    ]
      .filter(([, text = ""]) => !tagText.test(text))
      .map(([what]) => `${path}.${what}: may hold letters, numbers, spaces and _ . : / = + - @`),
  ];
}
