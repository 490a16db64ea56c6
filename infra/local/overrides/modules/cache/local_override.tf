# The local AWS publishes Redis on a port of the host and reports that one.
resource "aws_elasticache_replication_group" "this" {
  lifecycle {
    ignore_changes = [auth_token, auth_token_update_strategy, port]
  }
}
