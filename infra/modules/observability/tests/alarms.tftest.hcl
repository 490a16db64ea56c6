# Every alarm of production, whole. What the numbers achieve is shown by test/alarms.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts" }
  }
}

variables {
  suffix                    = ""
  environment               = "production"
  metric_namespace          = "RainbowSeeker"
  cluster_name              = "rainbow-seeker-cluster"
  api_service_name          = "rainbow-seeker-api"
  ml_service_name           = "rainbow-seeker-ml"
  load_balancer_arn_suffix  = "app/rainbow-seeker-alb/1"
  target_group_arn_suffixes = ["targetgroup/rainbow-seeker-api/1"]
  database                  = { identifier = "rainbow-seeker-db", name = "shiojiri_rainbow", allocated_storage = 20 }
  cache                     = { replication_group_id = "rainbow-seeker-redis", cluster_mode = true, shards = 2, replicas_per_shard = 1 }
  alert_emails              = ["night-shift@example.com"]
}

run "alarms_over_one_metric" {
  command = plan

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["high-cpu"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-high-cpu", "api uses more than 80% of its CPU", "AWS/ECS", "CPUUtilization", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-api" }, "Average", null,
      300, 2, null, "GreaterThanThreshold", 80, "missing"
    ])
    error_message = "The alarm high-cpu is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["high-cpu"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["db-connections"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-db-connections", "More than 80 connections to the database", "AWS/RDS", "DatabaseConnections", { DBInstanceIdentifier = "rainbow-seeker-db" }, "Average", null,
      300, 2, null, "GreaterThanThreshold", 80, "missing"
    ])
    error_message = "The alarm db-connections is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["db-connections"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["ml-high-cpu"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-ml-high-cpu", "ml uses more than 80% of its CPU", "AWS/ECS", "CPUUtilization", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-ml" }, "Average", null,
      300, 2, null, "GreaterThanThreshold", 80, "missing"
    ])
    error_message = "The alarm ml-high-cpu is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["ml-high-cpu"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["api-high-memory"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-api-high-memory", "api uses more than 90% of its memory", "AWS/ECS", "MemoryUtilization", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-api" }, "Average", null,
      300, 2, null, "GreaterThanThreshold", 90, "missing"
    ])
    error_message = "The alarm api-high-memory is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["api-high-memory"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["ml-high-memory"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-ml-high-memory", "ml uses more than 90% of its memory", "AWS/ECS", "MemoryUtilization", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-ml" }, "Average", null,
      300, 2, null, "GreaterThanThreshold", 90, "missing"
    ])
    error_message = "The alarm ml-high-memory is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["ml-high-memory"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["http-5xx"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-http-5xx", "api answers more than 10 requests a minute with server errors", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", { LoadBalancer = "app/rainbow-seeker-alb/1" }, "Sum", null,
      60, 2, null, "GreaterThanThreshold", 10, "notBreaching"
    ])
    error_message = "The alarm http-5xx is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["http-5xx"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["elb-5xx"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-elb-5xx", "The load balancer answers more than 10 requests a minute with 502, 503 or 504 itself", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", { LoadBalancer = "app/rainbow-seeker-alb/1" }, "Sum", null,
      60, 2, null, "GreaterThanThreshold", 10, "notBreaching"
    ])
    error_message = "The alarm elb-5xx is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["elb-5xx"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["latency"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-latency", "One request in 20 takes longer than 1 s", "AWS/ApplicationELB", "TargetResponseTime", { LoadBalancer = "app/rainbow-seeker-alb/1" }, null, "p95",
      60, 5, 5, "GreaterThanThreshold", 1, "notBreaching"
    ])
    error_message = "The alarm latency is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["latency"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["db-storage"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-db-storage", "Less than 1024 MiB of database storage is free", "AWS/RDS", "FreeStorageSpace", { DBInstanceIdentifier = "rainbow-seeker-db" }, "Minimum", null,
      60, 5, 5, "LessThanThreshold", 1073741824, "missing"
    ])
    error_message = "The alarm db-storage is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["db-storage"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["db-cpu"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-db-cpu", "The database uses more than 90% of its CPU", "AWS/RDS", "CPUUtilization", { DBInstanceIdentifier = "rainbow-seeker-db" }, "Average", null,
      300, 3, 3, "GreaterThanThreshold", 90, "missing"
    ])
    error_message = "The alarm db-cpu is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["db-cpu"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["db-burst"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic, alarm.extended_statistic,
        alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-db-burst", "Less than 20% of the database's disk credits is left", "AWS/RDS", "EBSIOBalance%", { DBInstanceIdentifier = "rainbow-seeker-db" }, "Minimum", null,
      300, 3, 3, "LessThanThreshold", 20, "notBreaching"
    ])
    error_message = "The alarm db-burst is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["db-burst"])}"
  }
}

run "alarms_over_several_metrics" {
  command = plan

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["api-tasks"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-api-tasks", "Fewer tasks of api are running than desired", null, null, null, null, null,
      10, 8, "GreaterThanThreshold", 0, "missing",
      { "desired - running" = ["result", true] },
      {
        desired = ["ECS/ContainerInsights", "DesiredTaskCount", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-api" }, "Average", 60]
        running = ["ECS/ContainerInsights", "RunningTaskCount", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-api" }, "Average", 60]
      }
    ])
    error_message = "The alarm api-tasks is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["api-tasks"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["ml-tasks"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-ml-tasks", "Fewer tasks of ml are running than desired", null, null, null, null, null,
      10, 8, "GreaterThanThreshold", 0, "missing",
      { "desired - running" = ["result", true] },
      {
        desired = ["ECS/ContainerInsights", "DesiredTaskCount", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-ml" }, "Average", 60]
        running = ["ECS/ContainerInsights", "RunningTaskCount", { ClusterName = "rainbow-seeker-cluster", ServiceName = "rainbow-seeker-ml" }, "Average", 60]
      }
    ])
    error_message = "The alarm ml-tasks is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["ml-tasks"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["no-healthy-target"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-no-healthy-target", "No task of api is healthy: nobody is served", null, null, null, null, null,
      3, 3, "LessThanThreshold", 1, "breaching",
      { "FILL(healthy0, 0)" = ["result", true] },
      {
        healthy0 = ["AWS/ApplicationELB", "HealthyHostCount", { LoadBalancer = "app/rainbow-seeker-alb/1", TargetGroup = "targetgroup/rainbow-seeker-api/1" }, "Maximum", 60]
      }
    ])
    error_message = "The alarm no-healthy-target is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["no-healthy-target"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["cache-memory"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-cache-memory", "A node of the cache uses more than 80% of its memory", null, null, null, null, null,
      2, 2, "GreaterThanThreshold", 80, "missing",
      { "MAX(METRICS())" = ["result", true] },
      {
        node0 = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", { CacheClusterId = "rainbow-seeker-redis-0001-001", CacheNodeId = "0001" }, "Maximum", 300]
        node1 = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", { CacheClusterId = "rainbow-seeker-redis-0001-002", CacheNodeId = "0001" }, "Maximum", 300]
        node2 = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", { CacheClusterId = "rainbow-seeker-redis-0002-001", CacheNodeId = "0001" }, "Maximum", 300]
        node3 = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", { CacheClusterId = "rainbow-seeker-redis-0002-002", CacheNodeId = "0001" }, "Maximum", 300]
      }
    ])
    error_message = "The alarm cache-memory is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["cache-memory"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["cache-evictions"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-cache-evictions", "A node of the cache evicts more than 100 keys in 5 minutes, because its memory is full", null, null, null, null, null,
      2, 2, "GreaterThanThreshold", 100, "missing",
      { "MAX(METRICS())" = ["result", true] },
      {
        node0 = ["AWS/ElastiCache", "Evictions", { CacheClusterId = "rainbow-seeker-redis-0001-001", CacheNodeId = "0001" }, "Sum", 300]
        node1 = ["AWS/ElastiCache", "Evictions", { CacheClusterId = "rainbow-seeker-redis-0001-002", CacheNodeId = "0001" }, "Sum", 300]
        node2 = ["AWS/ElastiCache", "Evictions", { CacheClusterId = "rainbow-seeker-redis-0002-001", CacheNodeId = "0001" }, "Sum", 300]
        node3 = ["AWS/ElastiCache", "Evictions", { CacheClusterId = "rainbow-seeker-redis-0002-002", CacheNodeId = "0001" }, "Sum", 300]
      }
    ])
    error_message = "The alarm cache-evictions is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["cache-evictions"])}"
  }

  assert {
    condition = jsonencode([
      for alarm in [aws_cloudwatch_metric_alarm.this["cache-cpu"]] : [
        alarm.alarm_name, alarm.alarm_description, alarm.namespace, alarm.metric_name, alarm.statistic, alarm.extended_statistic, alarm.period,
        alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
        { for query in alarm.metric_query : query.expression => [query.id, query.return_data] if query.expression != null },
        { for query in alarm.metric_query : query.id => [query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.expression == null }
      ]
      ][0]) == jsonencode([
      "rainbow-seeker-cache-cpu", "The engine of a cache node uses more than 80% of its processor", null, null, null, null, null,
      3, 3, "GreaterThanThreshold", 80, "missing",
      { "MAX(METRICS())" = ["result", true] },
      {
        node0 = ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = "rainbow-seeker-redis-0001-001", CacheNodeId = "0001" }, "Maximum", 300]
        node1 = ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = "rainbow-seeker-redis-0001-002", CacheNodeId = "0001" }, "Maximum", 300]
        node2 = ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = "rainbow-seeker-redis-0002-001", CacheNodeId = "0001" }, "Maximum", 300]
        node3 = ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = "rainbow-seeker-redis-0002-002", CacheNodeId = "0001" }, "Maximum", 300]
      }
    ])
    error_message = "The alarm cache-cpu is another one: ${jsonencode(aws_cloudwatch_metric_alarm.this["cache-cpu"])}"
  }
}

run "all_alarms_ring_and_stop_ringing_in_one_topic" {
  command = plan

  assert {
    condition     = output.alarm_names == { for key in ["api-high-memory", "api-tasks", "cache-cpu", "cache-evictions", "cache-memory", "db-burst", "db-connections", "db-cpu", "db-storage", "elb-5xx", "high-cpu", "http-5xx", "latency", "ml-high-cpu", "ml-high-memory", "ml-tasks", "no-healthy-target"] : key => "rainbow-seeker-${key}" }
    error_message = "Alarms were added or removed: ${jsonencode(output.alarm_names)}. Describe them here, in docs/alarms.md and in test/alarms."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.alarm_actions == toset([aws_sns_topic.alerts.arn]) && alarm.ok_actions == toset([aws_sns_topic.alerts.arn]) && length(coalesce(alarm.insufficient_data_actions, [])) == 0
    ])
    error_message = "An alarm notifies somebody else."
  }
}

run "of_another_environment" {
  command = plan

  variables {
    suffix          = "-staging"
    environment     = "staging"
    latency_seconds = 2.5
    cache           = { replication_group_id = "rainbow-seeker-redis-staging", cluster_mode = false, shards = 1, replicas_per_shard = 0 }
    database        = { identifier = "rainbow-seeker-db-staging", name = "shiojiri_rainbow", allocated_storage = 50 }

    target_group_arn_suffixes = ["targetgroup/blue/1", "targetgroup/green/2"]
  }

  assert {
    condition     = alltrue([for key, name in output.alarm_names : name == "rainbow-seeker-${key}-staging"])
    error_message = "Alarms of another environment have names of production: ${jsonencode(output.alarm_names)}"
  }

  # One node has no MAX of several: an expression must result in a series.
  assert {
    condition = alltrue([
      for key, metric in { cache-memory = "DatabaseMemoryUsagePercentage", cache-evictions = "Evictions", cache-cpu = "EngineCPUUtilization" } :
      aws_cloudwatch_metric_alarm.this[key].metric_name == metric && aws_cloudwatch_metric_alarm.this[key].dimensions == tomap({ CacheClusterId = "rainbow-seeker-redis-staging-001", CacheNodeId = "0001" })
    ])
    error_message = "The only node is rainbow-seeker-redis-staging-001."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["latency"].threshold == 2.5 && aws_cloudwatch_metric_alarm.this["latency"].alarm_description == "One request in 20 takes longer than 2.5 s"
    error_message = "latency_seconds is not the threshold of latency."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["db-storage"].threshold == 2560 * 1048576
    error_message = "The threshold of db-storage is 5% of 50 GiB."
  }

  # Blue and green together: whichever serves.
  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.this["no-healthy-target"].metric_query : query.id => coalesce(query.expression, try(query.metric[0].dimensions.TargetGroup, null)) } == {
      result   = "FILL(healthy0, 0) + FILL(healthy1, 0)"
      healthy0 = "targetgroup/blue/1"
      healthy1 = "targetgroup/green/2"
    }
    error_message = "no-healthy-target does not count both target groups."
  }
}

run "a_cache_with_replicas_and_without_cluster_mode" {
  command = plan

  variables {
    cache = { replication_group_id = "rainbow-seeker-redis", cluster_mode = false, shards = 1, replicas_per_shard = 1 }
  }

  assert {
    condition     = toset([for query in aws_cloudwatch_metric_alarm.this["cache-cpu"].metric_query : query.metric[0].dimensions.CacheClusterId if query.expression == null]) == toset(["rainbow-seeker-redis-001", "rainbow-seeker-redis-002"])
    error_message = "The nodes are rainbow-seeker-redis-001 and -002."
  }
}
