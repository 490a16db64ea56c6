# Input that would make alarms which never ring, or that AWS refuses.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
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

# Each run has one refused value of every variable that has as many.
run "refused_1" {
  command = plan

  variables {
    suffix                    = "staging"
    environment               = ""
    metric_namespace          = ""
    cluster_name              = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster"
    api_service_name          = "arn:aws:ecs:ap-northeast-1:123456789012:service/c/rainbow-seeker-api"
    ml_service_name           = "arn:aws:ecs:ap-northeast-1:123456789012:service/c/rainbow-seeker-ml"
    load_balancer_arn_suffix  = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/rainbow-seeker-alb/1"
    target_group_arn_suffixes = []
    database                  = { identifier = "arn:aws:rds:ap-northeast-1:123456789012:db:x", name = "a", allocated_storage = 20 }
    cache                     = { replication_group_id = "Redis", cluster_mode = true, shards = 2, replicas_per_shard = 1 }
    latency_seconds           = 0
    alert_emails              = ["night-shift"]
    slack                     = { team_id = "rainbow", channel_id = "C07EZ1ABC23" }
    permissions_boundary_arn  = "boundary"
  }

  expect_failures = [var.permissions_boundary_arn, var.suffix, var.environment, var.metric_namespace, var.cluster_name, var.api_service_name, var.ml_service_name, var.load_balancer_arn_suffix, var.target_group_arn_suffixes, var.database, var.cache, var.latency_seconds, var.alert_emails, var.slack]
}

run "refused_2" {
  command = plan

  variables {
    suffix                    = "-Staging"
    environment               = "Production"
    metric_namespace          = ":Rainbow"
    cluster_name              = ""
    load_balancer_arn_suffix  = "net/rainbow-seeker/1"
    target_group_arn_suffixes = ["arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/api/1"]
    database                  = { identifier = "db", name = "a-b", allocated_storage = 20 }
    cache                     = { replication_group_id = "redis", cluster_mode = false, shards = 2, replicas_per_shard = 1 }
    latency_seconds           = 60
    alert_emails              = ["night shift@example.com"]
    slack                     = { team_id = "T07EA123LEP", channel_id = "#alarms" }
  }

  expect_failures = [var.suffix, var.environment, var.metric_namespace, var.cluster_name, var.load_balancer_arn_suffix, var.target_group_arn_suffixes, var.database, var.cache, var.latency_seconds, var.alert_emails, var.slack]
}

run "refused_3" {
  command = plan

  variables {
    suffix                    = "-"
    environment               = "1st"
    metric_namespace          = "AWS/RainbowSeeker"
    target_group_arn_suffixes = ["targetgroup/a/1", "targetgroup/b/2", "targetgroup/c/3"]
    database                  = { identifier = "db", name = "a", allocated_storage = 19 }
    cache                     = { replication_group_id = "redis", cluster_mode = true, shards = 0, replicas_per_shard = 1 }
    alert_emails              = ["a@example"]
  }

  expect_failures = [var.suffix, var.environment, var.metric_namespace, var.target_group_arn_suffixes, var.database, var.cache, var.alert_emails]
}

run "refused_4" {
  command = plan

  variables {
    database = { identifier = "db", name = "a", allocated_storage = 65537 }
    cache    = { replication_group_id = "redis", cluster_mode = true, shards = 1, replicas_per_shard = 6 }
  }

  expect_failures = [var.database, var.cache]
}

run "refused_5" {
  command = plan

  variables {
    cache = { replication_group_id = "redis", cluster_mode = true, shards = 1, replicas_per_shard = -1 }
  }

  expect_failures = [var.cache]
}

run "refused_6" {
  command = plan

  variables {
    cache = { replication_group_id = "redis", cluster_mode = true, shards = 11, replicas_per_shard = 0 }
  }

  expect_failures = [var.cache]
}

# The edges of what is allowed.
run "edges" {
  command = plan

  variables {
    latency_seconds = 59.9
    database        = { identifier = "d", name = "_", allocated_storage = 65536 }
    cache           = { replication_group_id = "r", cluster_mode = true, shards = 5, replicas_per_shard = 1 }
    slack           = { team_id = "T1", channel_id = "C1" }
    suffix          = "-a-1"
  }
}

run "edges_below" {
  command = plan

  variables {
    latency_seconds = 0.1
    cache           = { replication_group_id = "r", cluster_mode = false, shards = 1, replicas_per_shard = 5 }
  }
}
