// Containers that name each other, volumes, and logs.
import {
  role,
  ec2,
  onEc2,
  onFargate,
  two,
  health,
  logs,
  firelens,
  volume,
  efs,
  awslogs,
  c0,
  type Refusal,
} from "./definitions.ts";

export const referenceRefusals: Refusal[] = [
  [
    "a dependency on nobody",
    two({ dependsOn: [{ containerName: "c2", condition: "START" }] }, {}),
    `${c0}.dependsOn[0]: there is no container c2; did you mean`,
    two({ dependsOn: [{ containerName: "c1", condition: "START" }] }, {}),
  ],
  [
    "a dependency on itself",
    two({ dependsOn: [{ containerName: "c0", condition: "START" }] }, {}),
    `${c0}.dependsOn[0]: c0 depends on itself`,
    two({}, {}),
  ],
  [
    "dependencies in a circle",
    two(
      { dependsOn: [{ containerName: "c1", condition: "START" }] },
      { dependsOn: [{ containerName: "c0", condition: "START" }] },
    ),
    "containerDefinitions: the containers wait for each other: c0 → c1 → c0",
    two({}, { dependsOn: [{ containerName: "c0", condition: "START" }] }),
  ],
  [
    "HEALTHY without a health check",
    two({ dependsOn: [{ containerName: "c1", condition: "HEALTHY" }] }, {}),
    `${c0}.dependsOn[0].condition: c1 has no healthCheck`,
    two({ dependsOn: [{ containerName: "c1", condition: "HEALTHY" }] }, health({})),
  ],
  [
    "SUCCESS of an essential container",
    two({ dependsOn: [{ containerName: "c1", condition: "SUCCESS" }] }, {}),
    `${c0}.dependsOn[0].condition: c1 is essential`,
    two({ dependsOn: [{ containerName: "c1", condition: "SUCCESS" }] }, { essential: false }),
  ],
  [
    "COMPLETE of an essential container",
    two({ dependsOn: [{ containerName: "c1", condition: "COMPLETE" }] }, {}),
    `${c0}.dependsOn[0].condition: c1 is essential`,
    two({ dependsOn: [{ containerName: "c1", condition: "COMPLETE" }] }, { essential: false }),
  ],
  [
    "volumes from nobody",
    two({ volumesFrom: [{ sourceContainer: "x" }] }, {}),
    `${c0}.volumesFrom[0].sourceContainer: there is no container x`,
    two({ volumesFrom: [{ sourceContainer: "c1" }] }, {}),
  ],
  [
    "a mount of no volume",
    onEc2({ mountPoints: [{ sourceVolume: "dat", containerPath: "/d" }] }, { volumes: [{ name: "data" }] }),
    `${c0}.mountPoints[0].sourceVolume: there is no volume dat; did you mean data?`,
    onEc2({ mountPoints: [{ sourceVolume: "data", containerPath: "/d" }] }, { volumes: [{ name: "data" }] }),
  ],
  [
    "a mount that names none",
    onEc2({ mountPoints: [{ containerPath: "/d" }] }),
    `${c0}.mountPoints[0].sourceVolume: is missing`,
    ec2,
  ],
  [
    "a volume twice",
    { ...ec2, volumes: [{ name: "a" }, { name: "a" }] },
    "volumes: more than one volume is called a",
    { ...ec2, volumes: [{ name: "a" }, { name: "b" }] },
  ],
  [
    "a volume's name with other characters",
    { ...ec2, volumes: [{ name: "a/b" }] },
    "volumes[0].name: must be 1 to 255 letters",
    { ...ec2, volumes: [{ name: "a-b" }] },
  ],
  [
    "two kinds of volume in one",
    volume({ host: { sourcePath: "/d" }, efsVolumeConfiguration: { fileSystemId: "fs-1" } }),
    "volumes[0]: has host and efsVolumeConfiguration; a volume is of one kind",
    volume({ host: {}, efsVolumeConfiguration: { fileSystemId: "fs-1" } }),
  ],
  [
    "two volumes configured at launch",
    {
      ...ec2,
      volumes: [
        { name: "a", configuredAtLaunch: true },
        { name: "b", configuredAtLaunch: true },
      ],
    },
    "volumes: more than one volume is configuredAtLaunch",
    {
      ...ec2,
      volumes: [
        { name: "a", configuredAtLaunch: true },
        { name: "b", configuredAtLaunch: false },
      ],
    },
  ],
  [
    "a nameless volume that is configured at launch",
    { ...ec2, volumes: [{ configuredAtLaunch: true }] },
    "volumes[0].name: is missing; configuredAtLaunch requires it",
    volume({ configuredAtLaunch: true }),
  ],
  [
    "EFS without a file system",
    volume({ efsVolumeConfiguration: { rootDirectory: "/a" } }),
    "volumes[0].efsVolumeConfiguration.fileSystemId: is missing",
    efs({ rootDirectory: "/a" }),
  ],
  [
    "an EFS access point without encryption",
    efs({ authorizationConfig: { accessPointId: "fsap-1" } }),
    "volumes[0].efsVolumeConfiguration.transitEncryption: must be ENABLED",
    efs({ authorizationConfig: { accessPointId: "fsap-1" }, transitEncryption: "ENABLED" }),
  ],
  [
    "EFS with IAM without encryption",
    efs({ authorizationConfig: { iam: "ENABLED" } }),
    "volumes[0].efsVolumeConfiguration.transitEncryption: must be ENABLED",
    efs({ authorizationConfig: { iam: "DISABLED" } }),
  ],
  [
    "an EFS access point below a directory",
    efs({ authorizationConfig: { accessPointId: "fsap-1" }, transitEncryption: "ENABLED", rootDirectory: "/a" }),
    "volumes[0].efsVolumeConfiguration.rootDirectory: must be / or left out",
    efs({ authorizationConfig: { accessPointId: "fsap-1" }, transitEncryption: "ENABLED", rootDirectory: "/" }),
  ],
  [
    "S3 Files without a task role",
    volume({ s3filesVolumeConfiguration: { fileSystemArn: "arn" } }),
    "taskRoleArn: is missing; a volume with s3filesVolumeConfiguration requires it",
    { ...volume({ s3filesVolumeConfiguration: { fileSystemArn: "arn" } }), taskRoleArn: role },
  ],
  [
    "awslogs without a group",
    onEc2(logs("awslogs")),
    `${c0}.logConfiguration.options.awslogs-group: is missing`,
    onEc2(logs("awslogs", { "awslogs-group": "/g" })),
  ],
  [
    "awslogs without a prefix on Fargate",
    onFargate(logs("awslogs", { "awslogs-group": "/g", "awslogs-region": "r" }), { executionRoleArn: role }),
    `${c0}.logConfiguration.options.awslogs-stream-prefix: is missing`,
    onFargate(logs("awslogs", awslogs), { executionRoleArn: role }),
  ],
  [
    "awslogs with both ways to find the first line",
    onEc2(logs("awslogs", { ...awslogs, "awslogs-datetime-format": "%Y", "awslogs-multiline-pattern": "^x" })),
    `${c0}.logConfiguration.options: has awslogs-datetime-format and awslogs-multiline-pattern`,
    onEc2(logs("awslogs", { ...awslogs, "awslogs-multiline-pattern": "^x" })),
  ],
  [
    "splunk without a token",
    onEc2(logs("splunk", { "splunk-url": "u" })),
    `${c0}.logConfiguration.options.splunk-token: is missing`,
    onEc2(
      {
        logConfiguration: {
          logDriver: "splunk",
          options: { "splunk-url": "u" },
          secretOptions: [{ name: "splunk-token", valueFrom: "s" }],
        },
      },
      { executionRoleArn: role },
    ),
  ],
  [
    "FireLens without a router",
    onEc2(logs("awsfirelens")),
    `${c0}.logConfiguration.logDriver: awsfirelens needs a container with firelensConfiguration`,
    two(logs("awsfirelens"), firelens),
  ],
  [
    "two FireLens routers",
    two(firelens, firelens),
    "containerDefinitions: c0 and c1 have firelensConfiguration; a task has one log router",
    two(firelens, {}),
  ],
];
