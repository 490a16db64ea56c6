# The local AWS describes alarms without these.
resource "aws_cloudwatch_metric_alarm" "no_backup" {
  lifecycle {
    ignore_changes = [actions_enabled, alarm_actions, alarm_description, ok_actions, treat_missing_data]
  }
}
