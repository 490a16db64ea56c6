// Volumes, and the containers that mount them. Source: API reference, Volume, EFSVolumeConfiguration,
// EFSAuthorizationConfig, S3FilesVolumeConfiguration and MountPoint.
import type { EFSVolumeConfiguration, Volume } from "@aws-sdk/client-ecs";
import { nearest } from "../../../nearest.ts";
import { nameProblem, repeated, type Rule, type Task } from "./task.ts";

export const volumeRules: Rule[] = [
  ({ definition: { volumes = [] } }) => [
    ...repeated(volumes.flatMap(({ name }) => name ?? [])).map(
      (name) => `volumes: more than one volume is called ${name}`,
    ),
    ...(volumes.filter(({ configuredAtLaunch }) => configuredAtLaunch).length > 1
      ? ["volumes: more than one volume is configuredAtLaunch; ECS takes one"]
      : []),
    ...volumes.flatMap((volume, index) => volumeProblems(volume, `volumes[${index}]`)),
  ],
  mounts,
  ({ definition: { volumes = [], taskRoleArn }, later }) =>
    taskRoleArn === undefined && !later && volumes.some(({ s3filesVolumeConfiguration }) => s3filesVolumeConfiguration)
      ? ["taskRoleArn: is missing; a volume with s3filesVolumeConfiguration requires it"]
      : [],
];

const kinds = [
  "host",
  "dockerVolumeConfiguration",
  "efsVolumeConfiguration",
  "s3filesVolumeConfiguration",
  "fsxWindowsFileServerVolumeConfiguration",
  "configuredAtLaunch",
] as const;

const needsName = new Set<string>(["efsVolumeConfiguration", "s3filesVolumeConfiguration", "configuredAtLaunch"]);

function volumeProblems(volume: Volume, path: string): string[] {
  const { name, efsVolumeConfiguration: efs, s3filesVolumeConfiguration: s3 } = volume;
  const given = kinds.filter((kind) => volume[kind] !== undefined && volume[kind] !== false);
  return [
    ...(name === undefined
      ? given.filter((kind) => needsName.has(kind)).map((kind) => `${path}.name: is missing; ${kind} requires it`)
      : nameProblem(`${path}.name`, name)),
    ...(given.length > 1 ? [`${path}: has ${given.join(" and ")}; a volume is of one kind`] : []),
    ...(efs ? efsProblems(efs, `${path}.efsVolumeConfiguration`) : []),
    ...(s3?.accessPointArn !== undefined && isBelowRoot(s3.rootDirectory)
      ? [`${path}.s3filesVolumeConfiguration.rootDirectory: must be / or left out with an access point`]
      : []),
  ];
}

function efsProblems(efs: EFSVolumeConfiguration, path: string): string[] {
  const { accessPointId, iam } = efs.authorizationConfig ?? {};
  return [
    ...(accessPointId !== undefined && isBelowRoot(efs.rootDirectory)
      ? [`${path}.rootDirectory: must be / or left out with an access point`]
      : []),
    ...((accessPointId !== undefined || iam === "ENABLED") && efs.transitEncryption !== "ENABLED"
      ? [`${path}.transitEncryption: must be ENABLED with an access point or IAM authorization`]
      : []),
  ];
}

const isBelowRoot = (directory: string | undefined) => directory !== undefined && directory !== "/";

function mounts({ containers, definition: { volumes = [] } }: Task): string[] {
  const names = volumes.flatMap(({ name }) => name ?? []);
  return containers.flatMap(({ container: { mountPoints = [] }, path }) =>
    mountPoints.flatMap(({ sourceVolume }, index) => {
      const at = `${path}.mountPoints[${index}].sourceVolume`;
      if (sourceVolume === undefined) return [`${at}: is missing; it names a volume`];
      return names.includes(sourceVolume)
        ? []
        : [`${at}: there is no volume ${sourceVolume}${nearest(sourceVolume, names)}`];
    }),
  );
}
