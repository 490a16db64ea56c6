# What production and staging of the design document get, and what is refused.
mock_provider "aws" {
  mock_resource "aws_elasticache_replication_group" {
    defaults = {
      configuration_endpoint_address = "clustercfg.example"
      primary_endpoint_address       = "master.example"
    }
  }
}

variables {
  subnet_ids              = ["subnet-1", "subnet-2"]
  security_group_id       = "sg-1"
  node_type               = "cache.r6g.large"
  cluster_mode            = "enabled"
  shards                  = 2
  replicas_per_shard      = 1
  snapshot_retention_days = 1
}

run "production" {
  assert {
    condition = (
      aws_elasticache_subnet_group.this.name == "rainbow-seeker-redis" &&
      aws_elasticache_subnet_group.this.subnet_ids == toset(["subnet-1", "subnet-2"]) &&
      aws_elasticache_replication_group.this.replication_group_id == "rainbow-seeker-redis" &&
      aws_elasticache_replication_group.this.description == "Rainbow Seeker cache and rate limits" &&
      aws_elasticache_replication_group.this.subnet_group_name == "rainbow-seeker-redis" &&
      aws_elasticache_replication_group.this.security_group_ids == toset(["sg-1"]) &&
      aws_elasticache_replication_group.this.tags == tomap({ Name = "rainbow-seeker-redis" })
    )
    error_message = "The names and places differ from the design document's."
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.engine == "redis" &&
      aws_elasticache_replication_group.this.engine_version == "7.1" &&
      aws_elasticache_replication_group.this.parameter_group_name == "default.redis7.cluster.on" &&
      aws_elasticache_replication_group.this.node_type == "cache.r6g.large" &&
      aws_elasticache_replication_group.this.port == 6379 &&
      aws_elasticache_replication_group.this.auto_minor_version_upgrade == "true"
    )
    error_message = "Redis 7.1 with the default parameters of cluster mode."
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.cluster_mode == "enabled" &&
      aws_elasticache_replication_group.this.num_node_groups == 2 &&
      aws_elasticache_replication_group.this.replicas_per_node_group == 1 &&
      aws_elasticache_replication_group.this.automatic_failover_enabled &&
      aws_elasticache_replication_group.this.multi_az_enabled
    )
    error_message = "Two shards with a replica each, in several zones, that fail over."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.at_rest_encryption_enabled == "true" && aws_elasticache_replication_group.this.auth_token == null
    error_message = "Encrypted on the way and at rest, and no token in the state."
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.snapshot_retention_limit == 1 &&
      aws_elasticache_replication_group.this.snapshot_window == "19:00-20:00" &&
      aws_elasticache_replication_group.this.maintenance_window == "sat:20:00-sat:21:00" &&
      !aws_elasticache_replication_group.this.apply_immediately
    )
    error_message = "Snapshots and maintenance are in Japan's night, given in UTC, and changes wait for it."
  }

  assert {
    condition     = output.replication_group_id == "rainbow-seeker-redis" && output.arn == aws_elasticache_replication_group.this.arn
    error_message = "The outputs name the replication group."
  }
}

run "staging" {
  variables {
    suffix                  = "-staging"
    node_type               = "cache.t3.micro"
    cluster_mode            = "disabled"
    shards                  = 1
    replicas_per_shard      = 0
    snapshot_retention_days = 0
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.replication_group_id == "rainbow-seeker-redis-staging" &&
      aws_elasticache_subnet_group.this.name == "rainbow-seeker-redis-staging" &&
      aws_elasticache_replication_group.this.tags == tomap({ Name = "rainbow-seeker-redis-staging" }) &&
      aws_elasticache_replication_group.this.cluster_mode == "disabled" &&
      aws_elasticache_replication_group.this.parameter_group_name == "default.redis7" &&
      aws_elasticache_replication_group.this.num_node_groups == 1 &&
      aws_elasticache_replication_group.this.replicas_per_node_group == 0 &&
      !aws_elasticache_replication_group.this.automatic_failover_enabled &&
      !aws_elasticache_replication_group.this.multi_az_enabled &&
      aws_elasticache_replication_group.this.snapshot_retention_limit == 0
    )
    error_message = "A single node, which has nothing to fail over to."
  }
}

run "defaults_are_small_and_encrypted" {
  variables {
    cluster_mode            = "disabled"
    shards                  = null
    replicas_per_shard      = null
    snapshot_retention_days = null
  }

  assert {
    condition = (
      aws_elasticache_replication_group.this.num_node_groups == 1 &&
      aws_elasticache_replication_group.this.replicas_per_node_group == 0 &&
      aws_elasticache_replication_group.this.snapshot_retention_limit == 1 &&
      aws_elasticache_replication_group.this.transit_encryption_enabled
    )
    error_message = "By default one encrypted node with a snapshot a day."
  }
}

run "valkey" {
  variables {
    engine = "valkey"
  }

  assert {
    condition     = aws_elasticache_replication_group.this.engine == "valkey" && aws_elasticache_replication_group.this.engine_version == "8.2" && aws_elasticache_replication_group.this.parameter_group_name == "default.valkey8.cluster.on"
    error_message = "Valkey 8.2 with its own parameters."
  }
}

run "cluster_without_replicas_fails_over" {
  variables {
    replicas_per_shard = 0
    apply_immediately  = true
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && !aws_elasticache_replication_group.this.multi_az_enabled && aws_elasticache_replication_group.this.apply_immediately
    error_message = "ElastiCache demands failover of every cluster, and replicas for several zones."
  }
}

run "compatible_speaks_the_cluster_protocol" {
  variables {
    cluster_mode = "compatible"
    shards       = 1
  }

  assert {
    condition     = aws_elasticache_replication_group.this.cluster_mode == "compatible" && aws_elasticache_replication_group.this.parameter_group_name == "default.redis7.cluster.on" && aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "Compatible mode has the parameters of cluster mode."
  }
}

run "refused_shards_without_cluster_mode" {
  command = plan

  variables {
    cluster_mode = "disabled"
  }

  expect_failures = [var.cluster_mode]
}

run "refused_shards_in_compatible_mode" {
  command = plan

  variables {
    cluster_mode = "compatible"
  }

  expect_failures = [var.cluster_mode]
}

run "refused_compatible_without_replicas" {
  command = plan

  variables {
    cluster_mode       = "compatible"
    shards             = 1
    replicas_per_shard = 0
  }

  expect_failures = [var.cluster_mode]
}

run "refused_values" {
  command = plan

  variables {
    name                    = "Rainbow"
    subnet_ids              = []
    security_group_id       = "rainbow-seeker-redis-sg"
    engine                  = "memcached"
    node_type               = "t3.micro"
    shards                  = 1.5
    replicas_per_shard      = 6
    snapshot_retention_days = 36
  }

  expect_failures = [
    var.name, var.subnet_ids, var.security_group_id, var.engine, var.node_type, var.shards, var.replicas_per_shard,
    var.snapshot_retention_days,
  ]
}

run "refused_mode" {
  command = plan

  variables {
    cluster_mode = "on"
    shards       = 1
  }

  expect_failures = [var.cluster_mode]
}

run "refused_lower_limits" {
  command = plan

  variables {
    suffix                  = "-a-suffix-that-is-too-long"
    subnet_ids              = []
    shards                  = 0
    replicas_per_shard      = -1
    snapshot_retention_days = -1
  }

  expect_failures = [var.suffix, var.subnet_ids, var.shards, var.replicas_per_shard, var.snapshot_retention_days]
}

run "refused_upper_limits" {
  command = plan

  variables {
    shards                  = 501
    replicas_per_shard      = 0.5
    snapshot_retention_days = 0.5
  }

  expect_failures = [var.shards, var.replicas_per_shard, var.snapshot_retention_days]
}

run "accepted_limits" {
  command = plan

  variables {
    suffix                  = "-01234567890123456"
    shards                  = 500
    replicas_per_shard      = 5
    snapshot_retention_days = 35
  }

  assert {
    condition     = aws_elasticache_replication_group.this.num_node_groups == 500
    error_message = "The limits themselves are allowed."
  }
}
