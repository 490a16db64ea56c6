# Redis or Valkey: one node, or a cluster of shards with replicas. What is in it may be lost: api counts attempts to log
# in there, and serves without it.

locals {
  # Cluster mode is a property of the engine's process and so of the parameter group. "compatible" has it already.
  # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/modify-cluster-mode.html
  speaks_cluster = var.cluster_mode != "disabled"

  # Versions that ElastiCache lists: Redis OSS ends with 7.1, and Valkey 8.2 is the newest of the family valkey8.
  # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
  engines = {
    redis  = { version = "7.1", family = "redis7" }
    valkey = { version = "8.2", family = "valkey8" }
  }
  engine = local.engines[var.engine]
}

resource "aws_elasticache_subnet_group" "this" {
  name       = "${var.name}${var.suffix}"
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV2_AWS_50: failover wherever there are replicas; staging has one node, as in the design document.
  # checkov:skip=CKV_AWS_191: counters of attempts are worth no key of our own.
  # checkov:skip=CKV_AWS_31: a token given here would be in the state; npm run rotate sets it.
  replication_group_id = "${var.name}${var.suffix}"
  description          = "Rainbow Seeker cache and rate limits"

  engine         = var.engine
  engine_version = local.engine.version
  node_type      = var.node_type
  port           = 6379

  cluster_mode            = var.cluster_mode
  num_node_groups         = var.shards
  replicas_per_node_group = var.replicas_per_shard

  # A cluster must have failover, with or without replicas; zones need replicas.
  # https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
  automatic_failover_enabled = local.speaks_cluster || var.replicas_per_shard > 0
  multi_az_enabled           = var.replicas_per_shard > 0

  # The defaults of the engine suit it: they evict keys that expire (volatile-lru), and all keys of api do.
  parameter_group_name = "default.${local.engine.family}${local.speaks_cluster ? ".cluster.on" : ""}"

  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [var.security_group_id]
  at_rest_encryption_enabled = var.encryption
  transit_encryption_enabled = var.encryption

  # Daily 04:00-05:00 and Sunday 05:00-06:00 in Japan, after the database's; ElastiCache expects UTC.
  snapshot_retention_limit   = var.snapshot_retention_days
  snapshot_window            = "19:00-20:00"
  maintenance_window         = "sat:20:00-sat:21:00"
  auto_minor_version_upgrade = true
  apply_immediately          = var.apply_immediately

  tags = { Name = "${var.name}${var.suffix}" }

  lifecycle {
    # The token has no write-only argument, so that Terraform would have it in its state. `npm run rotate` sets it:
    # docs/decisions/0003-secrets-stay-out-of-state.md
    ignore_changes = [auth_token, auth_token_update_strategy]
  }
}
