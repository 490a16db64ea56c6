# One dashboard per environment: what users notice at the top, what causes it below.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

locals {
  balancer_dimensions = ["LoadBalancer", var.load_balancer_arn_suffix]
  group_dimensions    = [for group in var.target_group_arn_suffixes : concat(local.balancer_dimensions, ["TargetGroup", group])]
  ecs_dimensions      = [for name in [var.api_service_name, var.ml_service_name] : ["ClusterName", var.cluster_name, "ServiceName", name]]
  rds_dimensions      = ["DBInstanceIdentifier", var.database.identifier]
  cache_dimensions    = [for node in local.cache_nodes : ["CacheClusterId", node, "CacheNodeId", "0001"]]
  backup_dimensions   = ["Database", var.database.name]

  # Of the metrics that the services measure themselves: api/src/metrics.ts and ml/src/metrics.ts.
  own_dimensions = [for service in ["api", "ml"] : ["Environment", var.environment, "Service", service]]

  # Each graph shows every metric for every set of dimensions.
  graphs = [
    { title = "Requests", stat = "Sum", namespace = "AWS/ApplicationELB", metrics = ["RequestCount"], of = [local.balancer_dimensions] },
    { title = "Errors", stat = "Sum", namespace = "AWS/ApplicationELB", metrics = ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_4XX_Count"], of = [local.balancer_dimensions] },
    { title = "Seconds until the answer (p95)", stat = "p95", namespace = "AWS/ApplicationELB", metrics = ["TargetResponseTime"], of = [local.balancer_dimensions] },

    { title = "Tasks of api, as the load balancer sees them", stat = "Maximum", namespace = "AWS/ApplicationELB", metrics = ["HealthyHostCount", "UnHealthyHostCount"], of = local.group_dimensions },
    { title = "Tasks", stat = "Average", namespace = "ECS/ContainerInsights", metrics = ["DesiredTaskCount", "RunningTaskCount"], of = local.ecs_dimensions },
    { title = "Deployments (2: one is under way)", stat = "Maximum", namespace = "ECS/ContainerInsights", metrics = ["DeploymentCount"], of = local.ecs_dimensions },

    { title = "CPU and memory of the services, % of their size", stat = "Average", namespace = "AWS/ECS", metrics = ["CPUUtilization", "MemoryUtilization"], of = local.ecs_dimensions },
    { title = "CPU of the tasks' machines, %", stat = "Average", namespace = var.metric_namespace, metrics = ["cpu_usage_user", "cpu_usage_system", "cpu_usage_iowait", "cpu_usage_idle"], of = local.own_dimensions },
    { title = "Memory and disk of the tasks, %", stat = "Maximum", namespace = var.metric_namespace, metrics = ["mem_used_percent", "disk_used_percent"], of = local.own_dimensions },

    { title = "Connections to the database", stat = "Average", namespace = "AWS/RDS", metrics = ["DatabaseConnections"], of = [local.rds_dimensions] },
    { title = "CPU and disk credits of the database, %", stat = "Average", namespace = "AWS/RDS", metrics = ["CPUUtilization", "EBSIOBalance%"], of = [local.rds_dimensions] },
    { title = "Free storage and memory of the database, bytes", stat = "Minimum", namespace = "AWS/RDS", metrics = ["FreeStorageSpace", "FreeableMemory"], of = [local.rds_dimensions] },

    { title = "Latency of the database's disk, seconds", stat = "Average", namespace = "AWS/RDS", metrics = ["ReadLatency", "WriteLatency"], of = [local.rds_dimensions] },
    { title = "Memory and engine of the cache nodes, %", stat = "Maximum", namespace = "AWS/ElastiCache", metrics = ["DatabaseMemoryUsagePercentage", "EngineCPUUtilization"], of = local.cache_dimensions },
    { title = "Evicted keys and connections of the cache nodes", stat = "Maximum", namespace = "AWS/ElastiCache", metrics = ["Evictions", "CurrConnections"], of = local.cache_dimensions },

    { title = "Backups", stat = "Sum", namespace = var.metric_namespace, metrics = ["BackupSuccess", "Verified"], of = [local.backup_dimensions] },
    { title = "Size of backups, bytes", stat = "Maximum", namespace = var.metric_namespace, metrics = ["Bytes"], of = [local.backup_dimensions] },
    { title = "Duration of backups and restores, seconds", stat = "Maximum", namespace = var.metric_namespace, metrics = ["DurationSeconds", "RestoreSeconds"], of = [local.backup_dimensions] },
  ]

  # Backups come once a day, everything else every minute.
  graph_periods = [for graph in local.graphs : graph.of == [local.backup_dimensions] ? 3600 : 60]

  # The alarm of the module backup is among them. ARNs are written out, so that a plan shows the dashboard.
  shown_alarms = [
    for key in concat(keys(local.alarms), ["no-backup"]) :
    "${local.arn_prefix}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-${key}${var.suffix}"
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${var.name}${var.suffix}"

  dashboard_body = jsonencode({
    start          = "-PT12H"
    periodOverride = "inherit"

    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 4
        properties = { title = "Alarms of ${var.environment}", alarms = local.shown_alarms }
      }],
      [for index, graph in local.graphs : {
        type   = "metric"
        x      = index % 3 * 8
        y      = 4 + floor(index / 3) * 6
        width  = 8
        height = 6

        properties = {
          title   = graph.title
          region  = local.region
          view    = "timeSeries"
          stat    = graph.stat
          period  = local.graph_periods[index]
          metrics = [for pair in setproduct(graph.metrics, range(length(graph.of))) : concat([graph.namespace, pair[0]], graph.of[pair[1]])]
        }
      }],
    )
  })
}
