output "url" {
  description = "redis:// or rediss:// URL of the endpoint that clients use; ?cluster=true names the configuration endpoint of a cluster."
  value = format("%s://%s:%d%s",
    var.encryption ? "rediss" : "redis",
    var.shards > 1 ? aws_elasticache_replication_group.this.configuration_endpoint_address : aws_elasticache_replication_group.this.primary_endpoint_address,
    aws_elasticache_replication_group.this.port,
    var.shards > 1 ? "?cluster=true" : "",
  )
}

output "replication_group_id" {
  description = "Replication group id."
  value       = aws_elasticache_replication_group.this.replication_group_id
}
