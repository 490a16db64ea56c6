# The local AWS publishes Redis on a host port and returns that port; it knows no automatic upgrades.
resource "aws_elasticache_replication_group" "this" {
  lifecycle {
    ignore_changes = [auth_token, auth_token_update_strategy, port, auto_minor_version_upgrade]
  }
}
