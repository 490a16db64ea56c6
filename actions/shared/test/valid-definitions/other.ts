// Valid definitions for EC2, for external instances and for managed ones.
import { awslogs, role, web } from "./parts.ts";

const ec2 = (family: string) => ({ family, requiresCompatibilities: ["EC2"] });

export const otherDefinitions: Record<string, object> = {
  "two containers with memory of their own": {
    family: "plain",
    containerDefinitions: [
      { name: "a", image: "a", memory: 128 },
      { name: "b", image: "b", memoryReservation: 64, essential: false },
    ],
  },
  "a bridge with fixed and dynamic ports": {
    ...ec2("bridge"),
    networkMode: "bridge",
    containerDefinitions: [
      {
        ...web,
        memory: 256,
        hostname: "web",
        links: ["redis:cache"],
        portMappings: [
          { containerPort: 8080, hostPort: 80 },
          { containerPort: 8080, hostPort: 81 },
          { containerPort: 9090 },
        ],
      },
      {
        name: "redis",
        image: "redis:8",
        memory: 128,
        portMappings: [{ containerPort: 6379, hostPort: 0 }],
        extraHosts: [{ hostname: "db", ipAddress: "10.0.0.5" }],
        dnsServers: ["10.0.0.2"],
        dnsSearchDomains: ["x.test"],
      },
    ],
  },
  "ranges on a bridge": {
    ...ec2("ranges"),
    containerDefinitions: [
      {
        name: "a",
        image: "a",
        memory: 64,
        portMappings: [
          { containerPortRange: "80-90" },
          { containerPortRange: "80-90", protocol: "udp" },
          { containerPortRange: "91-92" },
        ],
      },
    ],
  },
  "a daemon on the host": {
    ...ec2("agent"),
    networkMode: "host",
    pidMode: "host",
    ipcMode: "host",
    volumes: [
      { name: "docker", host: { sourcePath: "/var/run/docker.sock" } },
      { name: "proc", host: { sourcePath: "/proc" } },
    ],
    containerDefinitions: [
      {
        name: "agent",
        image: "agent:7",
        cpu: 10,
        memory: 512,
        memoryReservation: 256,
        privileged: true,
        portMappings: [{ containerPort: 8125, hostPort: 8125, protocol: "udp" }],
        mountPoints: [
          { sourceVolume: "docker", containerPath: "/var/run/docker.sock", readOnly: true },
          { sourceVolume: "proc", containerPath: "/host/proc", readOnly: true },
        ],
        linuxParameters: {
          capabilities: { add: ["SYS_ADMIN", "NET_ADMIN"] },
          devices: [{ hostPath: "/dev/fuse", permissions: ["read", "write"] }],
          sharedMemorySize: 64,
          maxSwap: 0,
          swappiness: 60,
        },
        dockerSecurityOptions: ["apparmor:unconfined"],
        interactive: true,
        pseudoTerminal: true,
      },
    ],
  },
  "no network": {
    family: "alone",
    networkMode: "none",
    memory: "64",
    containerDefinitions: [{ name: "a", image: "a", disableNetworking: true }],
  },
  "awsvpc on EC2": {
    ...ec2("eni"),
    networkMode: "awsvpc",
    memory: "512",
    executionRoleArn: role("execution"),
    containerDefinitions: [web],
  },
  "a long stop timeout": {
    family: "slow",
    memory: "512",
    containerDefinitions: [{ name: "a", image: "a", stopTimeout: 3600, startTimeout: 600 }],
  },
  "a Docker volume": {
    ...ec2("volumes"),
    volumes: [
      {
        name: "rex",
        dockerVolumeConfiguration: {
          scope: "shared",
          autoprovision: true,
          driver: "rexray/ebs",
          driverOpts: { volumetype: "gp3", size: "5" },
          labels: { a: "" },
        },
      },
      { name: "scratch", dockerVolumeConfiguration: { scope: "task", driver: "local" } },
    ],
    containerDefinitions: [
      {
        name: "a",
        image: "a",
        memory: 64,
        mountPoints: [
          { sourceVolume: "rex", containerPath: "/a" },
          { sourceVolume: "scratch", containerPath: "/b" },
        ],
      },
      { name: "b", image: "b", memory: 64, volumesFrom: [{ sourceContainer: "a", readOnly: true }] },
    ],
  },
  GPUs: {
    ...ec2("gpu"),
    memory: "8192",
    containerDefinitions: [
      { name: "a", image: "cuda", resourceRequirements: [{ type: "GPU", value: "2" }] },
      {
        name: "b",
        image: "cuda",
        resourceRequirements: [
          { type: "GPU", sharingStrategy: { nvidiaMps: { memory: 2048, maxComputePercent: 50 } } },
        ],
      },
    ],
  },
  "an inference accelerator": {
    ...ec2("inference"),
    memory: "1024",
    inferenceAccelerators: [{ deviceName: "device_1", deviceType: "eia2.medium" }],
    containerDefinitions: [
      { name: "a", image: "a", resourceRequirements: [{ type: "InferenceAccelerator", value: "device_1" }] },
    ],
  },
  "Windows with a group managed service account": {
    ...ec2("gmsa"),
    runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2019_FULL" },
    volumes: [
      {
        name: "share",
        fsxWindowsFileServerVolumeConfiguration: {
          fileSystemId: "fs-1",
          rootDirectory: "share",
          authorizationConfig: { credentialsParameter: "arn:aws:ssm:r:1:parameter/c", domain: "x.test" },
        },
      },
    ],
    executionRoleArn: role("execution"),
    containerDefinitions: [
      {
        name: "iis",
        image: "iis",
        cpu: 512,
        memory: 1024,
        portMappings: [{ containerPort: 80, hostPort: 8080 }],
        credentialSpecs: ["credentialspec:arn:aws:s3:::specs/spec.json"],
        mountPoints: [{ sourceVolume: "share", containerPath: "C:\\share" }],
      },
    ],
  },
  "FireLens with a file in S3": {
    ...ec2("logged"),
    containerDefinitions: [
      {
        name: "router",
        image: "fluentd",
        memory: 100,
        firelensConfiguration: {
          type: "fluentd",
          options: { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/fluent.conf" },
        },
      },
      {
        name: "app",
        image: "app",
        memory: 100,
        logConfiguration: { logDriver: "awsfirelens", options: { "@type": "stdout" } },
      },
    ],
  },
  "log drivers of EC2": {
    ...ec2("drivers"),
    memory: "1024",
    containerDefinitions: [
      { name: "a", image: "a", logConfiguration: { logDriver: "json-file", options: { "max-size": "10m" } } },
      {
        name: "b",
        image: "b",
        logConfiguration: { logDriver: "syslog", options: { "syslog-address": "tcp://10.0.0.1:514" } },
      },
      { name: "c", image: "c", logConfiguration: { logDriver: "fluentd" } },
      { name: "d", image: "d", logConfiguration: { logDriver: "journald" } },
      { name: "e", image: "e", logConfiguration: awslogs("/ecs/e") },
    ],
  },
  "placement constraints": {
    ...ec2("placed"),
    memory: "128",
    placementConstraints: [{ type: "memberOf", expression: "attribute:ecs.instance-type =~ t3.*" }],
    containerDefinitions: [{ name: "a", image: "a", healthCheck: { command: ["NONE"] } }],
  },
  "an external instance": {
    family: "edge",
    requiresCompatibilities: ["EXTERNAL"],
    networkMode: "host",
    containerDefinitions: [{ name: "a", image: "a", memory: 256 }],
  },
  "managed instances": {
    family: "managed",
    requiresCompatibilities: ["MANAGED_INSTANCES"],
    networkMode: "awsvpc",
    cpu: "4 vCPU",
    memory: "16 GB",
    containerDefinitions: [
      {
        name: "a",
        image: "a",
        resourceRequirements: [{ type: "NeuronDevice", value: "ALL" }],
        linuxParameters: { capabilities: { add: ["NET_ADMIN"] } },
      },
    ],
  },
  "limits above the task's memory in sum": {
    family: "bursting",
    memory: "1024",
    containerDefinitions: [
      { name: "a", image: "a", memory: 1024, memoryReservation: 256 },
      { name: "b", image: "b", memory: 1024, memoryReservation: 256 },
    ],
  },
};
