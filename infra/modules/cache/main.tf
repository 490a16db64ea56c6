# Redis 7. Cluster mode (shards × replicas) in production, a single node elsewhere.

resource "aws_elasticache_subnet_group" "this" {
  name       = "rainbow-seeker-redis${var.suffix}"
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = "rainbow-seeker-redis${var.suffix}"
  description          = "Rainbow Seeker cache and rate limits"

  engine         = "redis"
  engine_version = "7.1"
  node_type      = var.node_type
  port           = 6379

  cluster_mode               = var.shards > 1 ? "enabled" : null
  num_node_groups            = var.shards
  replicas_per_node_group    = var.replicas_per_shard
  automatic_failover_enabled = var.replicas_per_shard > 0
  multi_az_enabled           = var.replicas_per_shard > 0

  parameter_group_name = var.shards > 1 ? "default.redis7.cluster.on" : "default.redis7"

  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [var.security_group_id]
  at_rest_encryption_enabled = var.encryption
  transit_encryption_enabled = var.encryption
  maintenance_window         = "sat:20:00-sat:21:00"

  tags = { Name = "rainbow-seeker-redis${var.suffix}" }

  lifecycle {
    # The token is set once outside Terraform, from its parameter, so that it is never in the state:
    # docs/decisions/0003-secrets-stay-out-of-state.md
    ignore_changes = [auth_token, auth_token_update_strategy]
  }
}
