# The local AWS does not say whether it rebalances zones: it has one.
resource "aws_ecs_service" "this" {
  lifecycle {
    ignore_changes = [task_definition, desired_count, availability_zone_rebalancing]
  }
}
