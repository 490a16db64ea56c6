# Alarms of database and cache.

locals {
  database = { DBInstanceIdentifier = var.database.identifier }

  # Names that ElastiCache gives to the nodes of a replication group, here because Terraform learns them only when it
  # has created them, and alarms cannot search for metrics. Both forms are in the examples of
  # https://docs.aws.amazon.com/cli/latest/reference/elasticache/create-replication-group.html
  cache_nodes = var.cache.cluster_mode ? [
    for pair in setproduct(range(1, var.cache.shards + 1), range(1, var.cache.replicas_per_shard + 2)) :
    format("%s-%04d-%03d", var.cache.replication_group_id, pair[0], pair[1])
  ] : [for node in range(1, var.cache.replicas_per_shard + 2) : format("%s-%03d", var.cache.replication_group_id, node)]

  cache_metrics = {
    for name in ["DatabaseMemoryUsagePercentage", "EngineCPUUtilization", "Evictions"] : name => {
      for index, node in local.cache_nodes : "node${index}" => {
        namespace  = "AWS/ElastiCache"
        name       = name
        dimensions = { CacheClusterId = node, CacheNodeId = "0001" }
      }
    }
  }

  database_alarms = {
    db-connections = {
      description = "More than 80 connections to the database"
      metrics     = { connections = { namespace = "AWS/RDS", name = "DatabaseConnections", dimensions = local.database } }
      expression  = null
      statistic   = "Average"
      period      = 300
      periods     = 2
      datapoints  = null
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      missing     = "missing"
    }

    # RDS adds storage by itself when less than 10% is free for 5 minutes, up to the maximum, at most every 6 hours:
    # at 5% it did not, or not enough.
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
    db-storage = {
      description = "Less than ${local.storage_threshold_mib} MiB of database storage is free"
      metrics     = { free = { namespace = "AWS/RDS", name = "FreeStorageSpace", dimensions = local.database } }
      expression  = null
      statistic   = "Minimum"
      period      = 60
      periods     = 5
      datapoints  = 5
      comparison  = "LessThanThreshold"
      threshold   = local.storage_threshold_mib * 1048576
      missing     = "missing"
    }

    db-cpu = {
      description = "The database uses more than 90% of its CPU"
      metrics     = { cpu = { namespace = "AWS/RDS", name = "CPUUtilization", dimensions = local.database } }
      expression  = null
      statistic   = "Average"
      period      = 300
      periods     = 3
      datapoints  = 3
      comparison  = "GreaterThanThreshold"
      threshold   = 90
      missing     = "missing"
    }

    # Small instance classes reach their full disk throughput only as long as they have credits. CPU credits have no
    # alarm: T3 instances of RDS are in unlimited mode, where their absence costs money and no time.
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    db-burst = {
      description = "Less than 20% of the database's disk credits is left"
      metrics     = { balance = { namespace = "AWS/RDS", name = "EBSIOBalance%", dimensions = local.database } }
      expression  = null
      statistic   = "Minimum"
      period      = 300
      periods     = 3
      datapoints  = 3
      comparison  = "LessThanThreshold"
      threshold   = 20
      missing     = "notBreaching"
    }
  }

  # 5% of what is allocated at first, in MiB.
  storage_threshold_mib = floor(var.database.allocated_storage * 1024 * 0.05)

  # The worst node counts. MAX is for several metrics: of one, it would be a single number.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
  worst_node = length(local.cache_nodes) > 1 ? "MAX(METRICS())" : null

  cache_alarms = {
    cache-memory = {
      description = "A node of the cache uses more than 80% of its memory"
      metrics     = local.cache_metrics["DatabaseMemoryUsagePercentage"]
      expression  = local.worst_node
      statistic   = "Maximum"
      period      = 300
      periods     = 2
      datapoints  = 2
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      missing     = "missing"
    }

    # Rate limits are forgotten early.
    cache-evictions = {
      description = "A node of the cache evicts more than 100 keys in 5 minutes, because its memory is full"
      metrics     = local.cache_metrics["Evictions"]
      expression  = local.worst_node
      statistic   = "Sum"
      period      = 300
      periods     = 2
      datapoints  = 2
      comparison  = "GreaterThanThreshold"
      threshold   = 100
      missing     = "missing"
    }

    # The engine has one thread for commands; CPUUtilization of a node with two processors would be at 50% by then.
    cache-cpu = {
      description = "The engine of a cache node uses more than 80% of its processor"
      metrics     = local.cache_metrics["EngineCPUUtilization"]
      expression  = local.worst_node
      statistic   = "Maximum"
      period      = 300
      periods     = 3
      datapoints  = 3
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      missing     = "missing"
    }
  }
}
