# The local AWS does not return availability_zone_rebalancing: it has only one zone.
resource "aws_ecs_service" "this" {
  lifecycle {
    ignore_changes = [task_definition, desired_count, availability_zone_rebalancing]
  }
}
