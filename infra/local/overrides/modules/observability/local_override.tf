# The local AWS describes alarms without what is ignored here, and without their statistic, which Terraform's provider
# does not let anybody ignore. It does not describe queries either, but then the provider keeps those of its state: so
# each alarm has queries here, also those over one metric.
resource "aws_cloudwatch_metric_alarm" "this" {
  namespace          = null
  metric_name        = null
  dimensions         = null
  statistic          = null
  extended_statistic = null
  period             = null

  dynamic "metric_query" {
    for_each = each.value.expression == null ? [] : [each.value.expression]

    content {
      id          = "result"
      expression  = metric_query.value
      label       = each.value.description
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = each.value.expression == null

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period
      }
    }
  }

  lifecycle {
    ignore_changes = [actions_enabled, alarm_actions, alarm_description, ok_actions, treat_missing_data]
  }
}
