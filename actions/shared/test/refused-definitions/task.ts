// The task: its name, tags, storage, platform and sizes.
import { container, ec2, fargate, onEc2, two, tags, times, c0, type Refusal } from "./definitions.ts";

export const taskRefusals: Refusal[] = [
  [
    "a family with other characters",
    { ...ec2, family: "a.b" },
    "family: must be 1 to 255 letters",
    { ...ec2, family: "a_b-C1" },
  ],
  [
    "a family that is too long",
    { ...ec2, family: "a".repeat(256) },
    "family: must be 1 to 255 letters",
    { ...ec2, family: "a".repeat(255) },
  ],
  ["CPU that is no size", { ...ec2, cpu: "half" }, 'cpu: "half" must be CPU units', { ...ec2, cpu: ".5 vcpu" }],
  ["too little CPU", { ...ec2, cpu: "64" }, "cpu: must be 128 to 196608 CPU units, not 64", { ...ec2, cpu: "128" }],
  ["memory that is no size", { ...ec2, memory: "1 TB" }, 'memory: "1 TB" must be MiB', { ...ec2, memory: "1gb" }],
  ["51 tags", { ...ec2, tags: tags(51) }, "tags: has 51 tags; ECS takes 50", { ...ec2, tags: tags(50) }],
  [
    "a tag twice",
    { ...ec2, tags: [...tags(1), ...tags(1)] },
    "tags: k0 is there more than once",
    { ...ec2, tags: tags(2) },
  ],
  [
    "a long tag key",
    { ...ec2, tags: [{ key: "k".repeat(129), value: "" }] },
    "tags[0].key: has 129 characters",
    { ...ec2, tags: [{ key: "𝒌".repeat(128), value: "" }] },
  ],
  [
    "a long tag value",
    { ...ec2, tags: [{ key: "k", value: "v".repeat(257) }] },
    "tags[0].value: has 257 characters",
    { ...ec2, tags: [{ key: "k", value: "v".repeat(256) }] },
  ],
  [
    "a tag with other characters",
    { ...ec2, tags: [{ key: "k", value: "a#b" }] },
    "tags[0].value: may hold letters",
    { ...ec2, tags: [{ key: "地域", value: "a_b.c:d/e=f+g-h@ i" }] },
  ],
  [
    "little ephemeral storage",
    { ...fargate, ephemeralStorage: { sizeInGiB: 20 } },
    "ephemeralStorage.sizeInGiB: must be 21 to 200 GiB, not 20",
    { ...fargate, ephemeralStorage: { sizeInGiB: 21 } },
  ],
  [
    "much ephemeral storage",
    { ...fargate, ephemeralStorage: { sizeInGiB: 201 } },
    "ephemeralStorage.sizeInGiB: must be 21 to 200 GiB, not 201",
    { ...fargate, ephemeralStorage: { sizeInGiB: 200 } },
  ],
  [
    "Windows on ARM",
    { ...ec2, runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE", cpuArchitecture: "ARM64" } },
    "runtimePlatform.cpuArchitecture: ARM64 is for Linux",
    { ...ec2, runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "ARM64" } },
  ],
  [
    "11 placement constraints",
    { ...ec2, placementConstraints: times(11, { type: "memberOf", expression: "x" }) },
    "placementConstraints: has 11 entries",
    { ...ec2, placementConstraints: times(10, { type: "memberOf", expression: "x" }) },
  ],
  [
    "no memory at all",
    { family: "f", containerDefinitions: [container] },
    `${c0}.memory: is missing; api needs memory or memoryReservation`,
    { family: "f", containerDefinitions: [{ ...container, memoryReservation: 64 }] },
  ],
  [
    "memory of a container above the task",
    onEc2({ memory: 1025 }),
    `${c0}.memory: is 1025 MiB, more than the 1024 of the task`,
    onEc2({ memory: 1024 }),
  ],
  [
    "containers that reserve more together than the task has",
    two({ memory: 1024 }, { memory: 1 }),
    "memory: the containers ask for 1025 MiB together, the task has 1024",
    two({ memory: 1024, memoryReservation: 512 }, { memory: 512 }),
  ],
  [
    "containers that ask for more CPU than the task has",
    two({ cpu: 200 }, { cpu: 57 }, { cpu: "256" }),
    "cpu: the containers ask for 257 CPU units together, the task has 256",
    two({ cpu: 200 }, { cpu: 56 }, { cpu: "0.25 vCPU" }),
  ],
  [
    "a reservation above the limit",
    onEc2({ memory: 256, memoryReservation: 257 }),
    `${c0}.memoryReservation: is 257 MiB, more than memory, which is 256`,
    onEc2({ memory: 256, memoryReservation: 256 }),
  ],
  ["negative memory", onEc2({ memory: -1 }), `${c0}.memory: must not be negative`, onEc2({ memory: 6 })],
  ["negative CPU", onEc2({ cpu: -1 }), `${c0}.cpu: must not be negative`, onEc2({ cpu: 0 })],
];
