// Which metrics AWS publishes, with which dimensions. AWS/ApplicationELB, AWS/ECS, AWS/RDS and AWS/ElastiCache as in the
// directory that the CloudWatch console uses (npm package @aws-cdk/aws-service-spec 0.1.216), except where noted.
import { metricNames } from "../../api/src/metrics.ts";
import type { Metric } from "./evaluator.ts";

interface Published {
  namespace: string;
  /** Names of the dimensions, in alphabetical order. */
  dimensions: string[];
  names: readonly string[];
}

/** actions/db-backup/src/metrics.ts */
const backupMetrics = ["BackupSuccess", "Bytes", "DurationSeconds", "RestoreSeconds", "Verified"];

const ownNamespace = "RainbowSeeker";

const published: Published[] = [
  {
    namespace: "AWS/ApplicationELB",
    dimensions: ["LoadBalancer"],
    names: [
      "HTTPCode_ELB_5XX_Count",
      "HTTPCode_Target_4XX_Count",
      "HTTPCode_Target_5XX_Count",
      "RequestCount",
      "TargetResponseTime",
    ],
  },
  // Not with one of the two dimensions alone.
  {
    namespace: "AWS/ApplicationELB",
    dimensions: ["LoadBalancer", "TargetGroup"],
    names: ["HealthyHostCount", "UnHealthyHostCount"],
  },
  { namespace: "AWS/ECS", dimensions: ["ClusterName", "ServiceName"], names: ["CPUUtilization", "MemoryUtilization"] },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
  {
    namespace: "ECS/ContainerInsights",
    dimensions: ["ClusterName", "ServiceName"],
    names: ["DeploymentCount", "DesiredTaskCount", "RunningTaskCount"],
  },
  {
    namespace: "AWS/RDS",
    dimensions: ["DBInstanceIdentifier"],
    names: [
      "CPUUtilization",
      "DatabaseConnections",
      "FreeStorageSpace",
      "FreeableMemory",
      "ReadLatency",
      "WriteLatency",
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
      "EBSIOBalance%",
    ],
  },
  {
    namespace: "AWS/ElastiCache",
    dimensions: ["CacheClusterId", "CacheNodeId"],
    names: ["CurrConnections", "DatabaseMemoryUsagePercentage", "EngineCPUUtilization", "Evictions"],
  },
  { namespace: ownNamespace, dimensions: ["Environment", "Service"], names: metricNames },
  { namespace: ownNamespace, dimensions: ["Database"], names: backupMetrics },
];

export const isPublished = ({ namespace, name, dimensions }: Metric, suffix: string): boolean =>
  published.some(
    (one) =>
      (one.namespace === ownNamespace ? `${ownNamespace}${suffix}` : one.namespace) === namespace &&
      one.dimensions.join() === Object.keys(dimensions).toSorted().join() &&
      one.names.includes(name),
  );
