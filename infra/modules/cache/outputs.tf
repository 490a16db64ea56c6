locals {
  # A cache that becomes "compatible" has its configuration endpoint from then on; the next apply hands it to clients.
  configuration_endpoint = var.cluster_mode == "disabled" ? null : aws_elasticache_replication_group.this.configuration_endpoint_address
  use_cluster            = var.cluster_mode == "enabled" || try(length(local.configuration_endpoint) > 0, false)
}

output "url" {
  description = "redis:// or rediss:// URL of the endpoint that clients use; ?cluster=true: it is the configuration endpoint of a cluster, and clients speak the cluster protocol. With TLS, clients send the token of the parameter redis-auth-token."
  value = format("%s://%s:%d%s",
    var.encryption ? "rediss" : "redis",
    local.use_cluster ? local.configuration_endpoint : aws_elasticache_replication_group.this.primary_endpoint_address,
    aws_elasticache_replication_group.this.port,
    local.use_cluster ? "?cluster=true" : "",
  )
}

output "replication_group_id" {
  description = "Replication group ID."
  value       = aws_elasticache_replication_group.this.replication_group_id
}

output "arn" {
  description = "ARN of the replication group, for the policy of whoever rotates its token."
  value       = aws_elasticache_replication_group.this.arn
}
