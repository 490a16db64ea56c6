locals {
  # A cache that becomes "compatible" has its configuration endpoint from then on; the next apply hands it to clients.
  group       = aws_elasticache_replication_group.this
  endpoint    = var.cluster_mode == "disabled" ? null : local.group.configuration_endpoint_address
  use_cluster = var.cluster_mode == "enabled" || try(length(local.endpoint) > 0, false)
}

output "url" {
  description = "URL for clients, redis:// or rediss://; ?cluster=true: they speak the cluster protocol."
  value = format("%s://%s:%d%s",
    var.encryption ? "rediss" : "redis",
    local.use_cluster ? local.endpoint : local.group.primary_endpoint_address,
    local.group.port,
    local.use_cluster ? "?cluster=true" : "",
  )
}

output "replication_group_id" {
  description = "Replication group ID."
  value       = local.group.replication_group_id
}

output "arn" {
  description = "ARN of the replication group, for the policy of whoever rotates its token."
  value       = local.group.arn
}
