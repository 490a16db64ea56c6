// Valid definitions for Fargate.
import { awslogs, fargate, image, role, web } from "./parts.ts";

export const fargateDefinitions: Record<string, object> = {
  "a web service": { ...fargate("web", "256", "512"), containerDefinitions: [web] },
  "sizes as the console writes them": { ...fargate("web", ".25 vCPU", "0.5 GB"), containerDefinitions: [web] },
  "a task for Fargate and EC2": {
    ...fargate("web", "1 vCPU", "2GB"),
    requiresCompatibilities: ["EC2", "FARGATE"],
    containerDefinitions: [web],
  },
  "a host port that is the container port": {
    ...fargate("web", "1024", "3072"),
    containerDefinitions: [{ ...web, portMappings: [{ containerPort: 443, hostPort: 443 }] }],
  },
  "a host port of 0": {
    ...fargate("web", "1024", "3072"),
    containerDefinitions: [{ ...web, portMappings: [{ containerPort: 443, hostPort: 0 }] }],
  },
  "Service Connect": {
    ...fargate("orders", "512", "1024"),
    containerDefinitions: [
      { ...web, portMappings: [{ name: "orders-http", containerPort: 8080, appProtocol: "http" }] },
    ],
  },
  "gRPC and a port for metrics": {
    ...fargate("rpc", "512", "2048"),
    containerDefinitions: [
      {
        ...web,
        portMappings: [
          { name: "rpc", containerPort: 50_051, appProtocol: "grpc" },
          { name: "metrics", containerPort: 9090, protocol: "tcp" },
        ],
      },
    ],
  },
  "one port by both protocols": {
    ...fargate("dns", "256", "1024"),
    containerDefinitions: [
      {
        ...web,
        portMappings: [
          { containerPort: 53, protocol: "udp" },
          { containerPort: 53, protocol: "tcp" },
        ],
      },
    ],
  },
  "a range of ports": {
    ...fargate("rtp", "2048", "4096"),
    containerDefinitions: [{ ...web, portMappings: [{ containerPortRange: "20000-20099", protocol: "udp" }] }],
  },
  "FireLens with a file in the image": {
    ...fargate("logged", "512", "1024"),
    containerDefinitions: [
      {
        name: "log_router",
        image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
        essential: true,
        user: "0",
        memoryReservation: 50,
        firelensConfiguration: {
          type: "fluentbit",
          options: {
            "config-file-type": "file",
            "config-file-value": "/extra.conf",
            "enable-ecs-log-metadata": "true",
          },
        },
        logConfiguration: awslogs("/ecs/router"),
      },
      {
        ...web,
        dependsOn: [{ containerName: "log_router", condition: "START" }],
        logConfiguration: {
          logDriver: "awsfirelens",
          options: {
            Name: "opensearch",
            Host: "search.test",
            Port: "443",
            Index: "web",
            tls: "On",
            Suppress_Type_Name: "",
          },
          secretOptions: [{ name: "HTTP_Passwd", valueFrom: "/search/password" }],
        },
      },
    ],
  },
  "Splunk with its token in a secret": {
    ...fargate("splunk", "512", "1024"),
    containerDefinitions: [
      {
        ...web,
        logConfiguration: {
          logDriver: "splunk",
          options: { "splunk-url": "https://splunk.test:8088", "splunk-format": "json" },
          secretOptions: [
            { name: "splunk-token", valueFrom: "arn:aws:secretsmanager:ap-northeast-1:1:secret:t-AbCdEf" },
          ],
        },
      },
    ],
  },
  "a migration before the service": {
    ...fargate("migrated", "512", "1024"),
    containerDefinitions: [
      { name: "migrate", image: image("web"), essential: false, command: ["npm", "run", "migrate"] },
      { ...web, dependsOn: [{ containerName: "migrate", condition: "SUCCESS" }] },
    ],
  },
  "a chain of dependencies": {
    ...fargate("chained", "1024", "2048"),
    containerDefinitions: [
      { name: "init", image: image("init"), essential: false },
      {
        name: "proxy",
        image: "envoyproxy/envoy:v1.34.1",
        essential: false,
        dependsOn: [{ containerName: "init", condition: "COMPLETE" }],
        healthCheck: {
          command: ["CMD-SHELL", "curl -sf localhost:9901/ready || exit 1"],
          interval: 5,
          timeout: 2,
          retries: 10,
          startPeriod: 300,
        },
        startTimeout: 120,
        stopTimeout: 120,
      },
      {
        ...web,
        dependsOn: [
          { containerName: "init", condition: "COMPLETE" },
          { containerName: "proxy", condition: "HEALTHY" },
        ],
      },
    ],
  },
  "EFS with an access point": {
    ...fargate("files", "512", "1024"),
    volumes: [
      {
        name: "uploads",
        efsVolumeConfiguration: {
          fileSystemId: "fs-0123456789abcdef0",
          rootDirectory: "/",
          transitEncryption: "ENABLED",
          transitEncryptionPort: 2999,
          authorizationConfig: { accessPointId: "fsap-0123456789abcdef0", iam: "ENABLED" },
        },
      },
    ],
    containerDefinitions: [
      { ...web, mountPoints: [{ sourceVolume: "uploads", containerPath: "/data", readOnly: false }] },
    ],
  },
  "EFS without encryption": {
    ...fargate("files", "512", "1024"),
    volumes: [{ name: "nfs", efsVolumeConfiguration: { fileSystemId: "fs-1", rootDirectory: "/exports" } }],
    containerDefinitions: [{ ...web, mountPoints: [{ sourceVolume: "nfs", containerPath: "/data" }] }],
  },
  "S3 Files": {
    ...fargate("s3", "512", "1024"),
    volumes: [
      {
        name: "bucket",
        s3filesVolumeConfiguration: {
          fileSystemArn: "arn:aws:s3files:ap-northeast-1:1:file-system/fs-1",
          rootDirectory: "/a",
        },
      },
    ],
    containerDefinitions: [{ ...web, mountPoints: [{ sourceVolume: "bucket", containerPath: "/data" }] }],
  },
  "an EBS volume, configured at launch": {
    ...fargate("ebs", "4096", "30720"),
    volumes: [{ name: "scratch", configuredAtLaunch: true }],
    containerDefinitions: [{ ...web, mountPoints: [{ sourceVolume: "scratch", containerPath: "/scratch" }] }],
  },
  "a bind mount between two containers": {
    ...fargate("shared", "512", "1024"),
    volumes: [{ name: "socket" }, { name: "cache", host: {} }],
    containerDefinitions: [
      { ...web, mountPoints: [{ sourceVolume: "socket", containerPath: "/run/app" }] },
      {
        name: "nginx",
        image: "nginx:1.29",
        mountPoints: [{ sourceVolume: "socket", containerPath: "/run/app", readOnly: true }],
      },
    ],
  },
  "much ephemeral storage": {
    ...fargate("batch", "16 vCPU", "120 GB"),
    ephemeralStorage: { sizeInGiB: 200 },
    containerDefinitions: [{ ...web, cpu: 16_384, memory: 122_880 }],
  },
  "Linux on ARM": {
    ...fargate("arm", "512", "1024"),
    runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
    containerDefinitions: [web],
  },
  Windows: {
    ...fargate("iis", "1024", "2048"),
    runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" },
    containerDefinitions: [
      {
        name: "iis",
        image: "mcr.microsoft.com/windows/servercore/iis",
        entryPoint: ["powershell", "-Command"],
        command: ["C:\\ServiceMonitor.exe w3svc"],
        logConfiguration: awslogs("/ecs/iis"),
      },
    ],
  },
  "a debugger beside the service": {
    ...fargate("traced", "512", "1024"),
    pidMode: "task",
    containerDefinitions: [
      web,
      {
        name: "trace",
        image: "trace:1",
        linuxParameters: { initProcessEnabled: true, capabilities: { add: ["SYS_PTRACE"], drop: ["NET_RAW"] } },
      },
    ],
  },
  "memory in tmpfs": {
    ...fargate("tmpfs", "512", "1024"),
    containerDefinitions: [
      {
        ...web,
        readonlyRootFilesystem: true,
        linuxParameters: { tmpfs: [{ containerPath: "/tmp", size: 64, mountOptions: ["noexec"] }] },
      },
    ],
  },
  "a private registry": {
    ...fargate("private", "256", "512"),
    containerDefinitions: [
      {
        name: "app",
        image: "registry.test/app:1",
        repositoryCredentials: { credentialsParameter: "arn:aws:secretsmanager:r:1:secret:registry" },
      },
    ],
  },
  "no role, an image of Docker Hub": {
    family: "open",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "1 GB",
    containerDefinitions: [{ name: "nginx", image: "nginx" }],
  },
  "App Mesh": {
    ...fargate("mesh", "512", "1024"),
    proxyConfiguration: {
      type: "APPMESH",
      containerName: "envoy",
      properties: [
        { name: "AppPorts", value: "8080" },
        { name: "EgressIgnoredIPs", value: "169.254.170.2,169.254.169.254" },
        { name: "EgressIgnoredPorts", value: "" },
        { name: "IgnoredGID" },
        { name: "IgnoredUID", value: "1337" },
        { name: "ProxyEgressPort", value: "15001" },
        { name: "ProxyIngressPort", value: "15000" },
      ],
    },
    containerDefinitions: [
      { ...web, dependsOn: [{ containerName: "envoy", condition: "HEALTHY" }] },
      {
        name: "envoy",
        image: "public.ecr.aws/appmesh/aws-appmesh-envoy:v1",
        user: "1337",
        healthCheck: { command: ["CMD-SHELL", "true"] },
      },
    ],
  },
  "a restart policy, fault injection and tags": {
    ...fargate("tough", "512", "1024"),
    enableFaultInjection: true,
    tags: [{ key: "team", value: "rainbow seekers" }, { key: "空", value: "" }, { key: "marked" }],
    containerDefinitions: [
      {
        ...web,
        versionConsistency: "disabled",
        restartPolicy: { enabled: true, ignoredExitCodes: [0, 143], restartAttemptPeriod: 60 },
      },
    ],
  },
  "variables, files and secrets": {
    ...fargate("configured", "512", "1024"),
    containerDefinitions: [
      {
        ...web,
        environment: [{ name: "EMPTY", value: "" }, { name: "UNSET" }, { name: "BLANKS", value: "  x  " }],
        environmentFiles: [{ value: "arn:aws:s3:::settings/web.env", type: "s3" }],
        secrets: [
          { name: "PASSWORD", valueFrom: "arn:aws:secretsmanager:r:1:secret:db-AbCdEf:password::" },
          { name: "TOKEN", valueFrom: "/web/token" },
        ],
        ulimits: [{ name: "nofile", softLimit: 65_535, hardLimit: 65_535 }],
        systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }],
        dockerLabels: { "com.example.flag": "" },
        credentialSpecs: ["credentialspecdomainless:arn:aws:ssm:r:1:parameter/spec"],
      },
    ],
    taskRoleArn: role("web"),
  },
};
