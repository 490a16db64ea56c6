// Task definitions as other repositories keep them: written by hand, downloaded from the console, answers of
// describe-task-definition; and the steps that deploy them.

type Definition = Record<string, unknown>;

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const log = (group: string) => ({
  logDriver: "awslogs",
  options: { "awslogs-group": group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs" },
});

const fargate = (containers: object[], more: Definition = {}): Definition => ({
  family: "shop",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "512",
  memory: "1024",
  executionRoleArn: role("ecsTaskExecutionRole"),
  containerDefinitions: containers,
  ...more,
});
const onInstances = (containers: object[], more: Definition = {}): Definition => ({
  family: "shop",
  containerDefinitions: containers,
  ...more,
});
const web = (more: Definition = {}): Definition => ({
  name: "web",
  image: `${ecr}/web:1`,
  essential: true,
  portMappings: [{ containerPort: 3000, protocol: "tcp" }],
  ...more,
});

/** What DescribeTaskDefinition adds. */
const described = {
  taskDefinitionArn: "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:41",
  revision: 41,
  status: "ACTIVE",
  requiresAttributes: [{ name: "com.amazonaws.ecs.capability.ecr-auth" }, { name: "ecs.capability.task-eni" }],
  compatibilities: ["EC2", "FARGATE"],
  registeredAt: "2026-03-01T12:00:00.000000+09:00",
  registeredBy: "arn:aws:iam::123456789012:user/shop",
};

/** As the console wrote it before 2022, `null` wherever nothing was chosen. */
const nullsOfContainer = Object.fromEntries(
  [
    "repositoryCredentials memory memoryReservation links entryPoint command linuxParameters secrets dependsOn",
    "startTimeout stopTimeout hostname user workingDirectory disableNetworking privileged readonlyRootFilesystem",
    "dnsServers dnsSearchDomains extraHosts dockerSecurityOptions interactive pseudoTerminal dockerLabels ulimits",
    "healthCheck systemControls resourceRequirements firelensConfiguration environmentFiles",
  ]
    .join(" ")
    .split(" ")
    .map((key) => [key, null]),
);
const nullsOfTask = Object.fromEntries(
  "ipcMode pidMode proxyConfiguration inferenceAccelerators taskRoleArn ephemeralStorage runtimePlatform"
    .split(" ")
    .map((key) => [key, null]),
);

/** Name → what the file holds. */
export const definitions: Record<string, unknown> = {
  "the smallest on Fargate": fargate([web()]),
  "the smallest on instances": onInstances([{ name: "web", image: "nginx", memory: 128 }]),
  "what describe answered": {
    ...fargate([web({ environment: [], mountPoints: [], volumesFrom: [], cpu: 0 })]),
    ...described,
    volumes: [],
    placementConstraints: [],
  },
  "the old console's, with null": {
    ...fargate([
      {
        ...nullsOfContainer,
        ...web({
          cpu: 0,
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          logConfiguration: { ...log("/shop"), secretOptions: null },
        }),
      },
    ]),
    ...nullsOfTask,
    ...described,
    volumes: null,
    placementConstraints: [],
    tags: null,
  },
  "null as sources": fargate([web({ secrets: null, dependsOn: null, environment: null, mountPoints: null })], {
    volumes: null,
  }),
  "on a bridge, with a dynamic port": onInstances(
    [web({ memory: 256, portMappings: [{ hostPort: 0, containerPort: 3000, protocol: "tcp" }] })],
    { networkMode: "bridge", requiresCompatibilities: ["EC2"] },
  ),
  "on a bridge, two ports": onInstances([
    web({
      memoryReservation: 128,
      cpu: 10,
      portMappings: [
        { hostPort: 80, containerPort: 3000 },
        { hostPort: 8080, containerPort: 3000 },
      ],
    }),
  ]),
  "with links": onInstances(
    [web({ memory: 256, links: ["redis"] }), { name: "redis", image: "redis:7", memory: 128, essential: true }],
    { networkMode: "bridge" },
  ),
  "on the host's network": onInstances(
    [web({ memory: 256, portMappings: [{ containerPort: 3000, hostPort: 3000 }] })],
    { networkMode: "host", pidMode: "host" },
  ),
  "without a network": onInstances([{ name: "web", image: "busybox", memory: 64, command: ["sleep", "1000"] }], {
    networkMode: "none",
  }),
  "privileged, with devices": onInstances([
    web({
      memory: 512,
      privileged: true,
      linuxParameters: {
        initProcessEnabled: true,
        devices: [{ hostPath: "/dev/fuse", containerPath: "/dev/fuse", permissions: ["read", "write"] }],
        sharedMemorySize: 256,
        tmpfs: [{ containerPath: "/run", size: 64, mountOptions: ["noexec"] }],
      },
      ulimits: [{ name: "nofile", softLimit: 65_536, hardLimit: 65_536 }],
    }),
  ]),
  "a folder of the host": onInstances(
    [web({ memory: 256, mountPoints: [{ sourceVolume: "docker", containerPath: "/var/run/docker.sock" }] })],
    { volumes: [{ name: "docker", host: { sourcePath: "/var/run/docker.sock" } }] },
  ),
  "an EFS volume": fargate(
    [web({ mountPoints: [{ sourceVolume: "files", containerPath: "/files", readOnly: false }] })],
    {
      taskRoleArn: role("shop"),
      volumes: [
        {
          name: "files",
          efsVolumeConfiguration: {
            fileSystemId: "fs-0123456789abcdef0",
            rootDirectory: "/",
            transitEncryption: "ENABLED",
            authorizationConfig: { accessPointId: "fsap-0123456789abcdef0", iam: "ENABLED" },
          },
        },
      ],
    },
  ),
  "an EBS volume at launch": fargate([web({ mountPoints: [{ sourceVolume: "data", containerPath: "/data" }] })], {
    volumes: [{ name: "data", configuredAtLaunch: true }],
  }),
  "a volume between containers": fargate(
    [
      web({ mountPoints: [{ sourceVolume: "static", containerPath: "/static" }] }),
      {
        name: "nginx",
        image: "nginx:1.27",
        essential: false,
        volumesFrom: [{ sourceContainer: "web", readOnly: true }],
        dependsOn: [{ containerName: "web", condition: "START" }],
      },
    ],
    { volumes: [{ name: "static", host: {} }] },
  ),
  "on ARM": fargate([web()], {
    runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
    ephemeralStorage: { sizeInGiB: 30 },
  }),
  "on Windows": fargate(
    [web({ image: "mcr.microsoft.com/windows/servercore:ltsc2022", entryPoint: ["powershell", "-Command"] })],
    {
      cpu: "1024",
      memory: "2048",
      runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" },
    },
  ),
  "with units": fargate([web()], { cpu: ".5 vCPU", memory: "1 GB" }),
  "with units of the console": fargate([web()], { cpu: "0.25 vcpu", memory: "0.5GB" }),
  "logs by FireLens": fargate([
    web({
      logConfiguration: {
        logDriver: "awsfirelens",
        options: { Name: "datadog", Host: "http-intake.logs.datadoghq.eu", TLS: "on" },
        secretOptions: [
          { name: "apikey", valueFrom: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf" },
        ],
      },
    }),
    {
      name: "log_router",
      image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
      essential: true,
      user: "0",
      firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "true" } },
      logConfiguration: log("/firelens"),
      memoryReservation: 50,
    },
  ]),
  "with X-Ray": fargate([
    web({ dependsOn: [{ containerName: "xray", condition: "START" }], logConfiguration: log("/shop") }),
    {
      name: "xray",
      image: "amazon/aws-xray-daemon",
      cpu: 32,
      memoryReservation: 128,
      portMappings: [{ containerPort: 2000, protocol: "udp" }],
    },
  ]),
  "with a health check": fargate([
    web({
      healthCheck: {
        command: ["CMD-SHELL", "curl -f http://localhost:3000/ || exit 1"],
        interval: 30,
        timeout: 5,
        retries: 3,
        startPeriod: 60,
      },
    }),
    {
      name: "worker",
      image: `${ecr}/worker:1`,
      essential: false,
      dependsOn: [{ containerName: "web", condition: "HEALTHY" }],
    },
  ]),
  "in a mesh": fargate(
    [
      web({ dependsOn: [{ containerName: "envoy", condition: "HEALTHY" }] }),
      {
        name: "envoy",
        image: "public.ecr.aws/appmesh/aws-appmesh-envoy:v1.29.6.0-prod",
        user: "1337",
        essential: true,
        healthCheck: {
          command: ["CMD-SHELL", "curl -s http://localhost:9901/server_info"],
          interval: 5,
          timeout: 2,
          retries: 3,
        },
      },
    ],
    {
      proxyConfiguration: {
        type: "APPMESH",
        containerName: "envoy",
        properties: [
          { name: "ProxyIngressPort", value: "15000" },
          { name: "AppPorts", value: "3000" },
          { name: "EgressIgnoredIPs", value: "169.254.170.2,169.254.169.254" },
          { name: "IgnoredUID", value: "1337" },
          { name: "ProxyEgressPort", value: "15001" },
        ],
      },
    },
  ),
  "Service Connect": fargate([
    web({ portMappings: [{ name: "web", containerPort: 3000, protocol: "tcp", appProtocol: "http" }] }),
  ]),
  "a range of ports": onInstances(
    [web({ memory: 128, portMappings: [{ containerPortRange: "6000-6010" }, { containerPortRange: "7000-7010" }] })],
    { networkMode: "bridge" },
  ),
  "with a GPU": onInstances([web({ memory: 4096, resourceRequirements: [{ type: "GPU", value: "1" }] })], {
    placementConstraints: [{ type: "memberOf", expression: "attribute:ecs.instance-type =~ g4dn.*" }],
  }),
  "variables, secrets and files": fargate([
    web({
      environment: [
        { name: "NODE_ENV", value: "production" },
        { name: "EMPTY", value: "" },
      ],
      secrets: [
        { name: "DB", valueFrom: "/shop/db" },
        { name: "KEY", valueFrom: "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key" },
      ],
      environmentFiles: [{ value: "arn:aws:s3:::shop-config/prod.env", type: "s3" }],
    }),
  ]),
  "with tags": fargate([web()], {
    tags: [
      { key: "team", value: "shop" },
      { key: "empty", value: "" },
    ],
  }),
  "without an image yet": fargate([
    { name: "web", essential: true, portMappings: [{ containerPort: 3000 }] },
    { name: "worker", essential: false, command: ["npm", "run", "work"] },
  ]),
  "an empty image": fargate([web({ image: "" })]),
  "a placeholder as image": fargate([web({ image: "<IMAGE1_NAME>" })]),
  "a comment as key": { _comment: "see the wiki", ...fargate([web({ _note: "behind the ALB" })]) },
  "with $schema": {
    $schema: "https://ecs-intellisense.s3-us-west-2.amazonaws.com/task-definition/schema.json",
    ...fargate([web()]),
  },
  "newest fields": fargate(
    [
      web({
        restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 180 },
        versionConsistency: "disabled",
      }),
    ],
    { enableFaultInjection: false },
  ),
  "interactive, with hosts": onInstances([
    web({
      memory: 64,
      interactive: true,
      pseudoTerminal: true,
      hostname: "web",
      workingDirectory: "/app",
      user: "1000:1000",
      extraHosts: [{ hostname: "db", ipAddress: "10.0.0.5" }],
      dnsServers: ["10.0.0.2"],
      dnsSearchDomains: ["internal"],
      dockerSecurityOptions: ["no-new-privileges"],
      dockerLabels: { "com.example.team": "shop" },
      systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }],
      stopTimeout: 30,
      startTimeout: 60,
    }),
  ]),
  splunk: fargate([
    web({
      logConfiguration: {
        logDriver: "splunk",
        options: { "splunk-url": "https://splunk.example.com:8088", "splunk-format": "json" },
        secretOptions: [{ name: "splunk-token", valueFrom: "/splunk" }],
      },
    }),
  ]),
  "outside of AWS": onInstances([{ name: "web", image: "nginx", memory: 256, cpu: 256 }], {
    requiresCompatibilities: ["EXTERNAL"],
    networkMode: "bridge",
  }),
  "for both launch types": fargate([web({ cpu: 256, memory: 512, memoryReservation: 256 })], {
    requiresCompatibilities: ["EC2", "FARGATE"],
  }),
  "numbers as text": onInstances([web({ memory: 256, cpu: 0 })], { cpu: "256", memory: "512" }),
  "empty lists everywhere": fargate(
    [web({ command: [], entryPoint: [], links: [], dnsServers: [], ulimits: [], secrets: [], dockerLabels: {} })],
    { volumes: [], placementConstraints: [], tags: [] },
  ),
  "empty texts of the skeleton": fargate(
    [
      web({
        user: "",
        hostname: "",
        workingDirectory: "",
        command: [""],
        environment: [{ name: "A", value: "b" }],
        links: [""],
      }),
    ],
    { taskRoleArn: "", pidMode: "", ipcMode: "" },
  ),
};

export interface Workflow {
  /** Inputs of the render steps, in their order; the file is added. */
  render: Record<string, string>[];
  deploy: Record<string, string>;
}

const image = `${ecr}/web:2`;
const first = { "container-name": "web", image };

export const workflows: Record<string, Workflow> = {
  "an image": { render: [first], deploy: {} },
  variables: {
    render: [{ ...first, "environment-variables": "NODE_ENV=staging\nURL=https://a/?b=c&d==\n\nLOG=info" }],
    deploy: { "wait-for-service-stability": "True" },
  },
  "a log driver": {
    render: [
      {
        ...first,
        "log-configuration-log-driver": "awslogs",
        "log-configuration-options": "awslogs-group=/shop/web\nawslogs-region=eu-west-1\nawslogs-stream-prefix=web",
      },
    ],
    deploy: {},
  },
  "labels, secrets, files": {
    render: [
      {
        ...first,
        "docker-labels": "a=b\nc=d",
        secrets: "TOKEN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf:key::",
        "env-files": "arn:aws:s3:::shop-config/web.env",
        "execution-role-arn": role("execution"),
      },
    ],
    deploy: {},
  },
  "a command": {
    render: [{ ...first, command: "npm run start:prod -- --port 3000" }],
    deploy: { "desired-count": "2", "force-new-deployment": "true" },
  },
  roles: {
    render: [{ ...first, "task-role-arn": role("task"), "execution-role-arn": role("execution") }],
    deploy: { "wait-for-minutes": "5" },
  },
  "no service": { render: [first], deploy: { service: "", "wait-for-service-stability": "true" } },
};

/** What ours refuses or does otherwise on purpose, with the reason: of a definition as a whole, or in one workflow. */
export const intended: Record<string, string> = {
  ...Object.fromEntries(
    Object.keys(workflows).map((way) => [
      `without an image yet: ${way}`,
      "the second container has no image, which ECS refuses",
    ]),
  ),
  "splunk: a log driver": "another log driver starts without the options of the one before",
  "logs by FireLens: a log driver": "another log driver starts without the options of the one before",
};

/** For definitions with a second container of that name. */
export const ofTwo = (second: string): Record<string, Workflow> => ({
  "a chain": { render: [first, { "container-name": second, image: `${ecr}/${second}:2` }], deploy: {} },
  "two names": { render: [{ "container-name": `web,${second}`, image }], deploy: {} },
});
