# Alarms, where they are sent, and a dashboard. The two alarms of the design document, and those without which an outage
# would be silent: docs/alarms.md explains each of them; test/alarms runs them through a healthy night and through
# failures.

locals {
  alarms = merge(local.service_alarms, local.balancer_alarms, local.database_alarms, local.cache_alarms)

  # An alarm watches one metric, or an expression over several.
  single = { for key, alarm in local.alarms : key => alarm.expression == null ? one(values(alarm.metrics)) : null }

  percentile = { for key, alarm in local.alarms : key => startswith(alarm.statistic, "p") }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}${var.suffix}"
  alarm_description   = each.value.description
  namespace           = try(local.single[each.key].namespace, null)
  metric_name         = try(local.single[each.key].name, null)
  dimensions          = try(local.single[each.key].dimensions, null)
  statistic           = local.single[each.key] == null || local.percentile[each.key] ? null : each.value.statistic
  extended_statistic  = local.single[each.key] != null && local.percentile[each.key] ? each.value.statistic : null
  period              = local.single[each.key] == null ? null : each.value.period
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  dynamic "metric_query" {
    for_each = local.single[each.key] == null ? [each.value.expression] : []

    content {
      id          = "result"
      expression  = metric_query.value
      label       = each.value.description
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = local.single[each.key] == null ? each.value.metrics : {}

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period
      }
    }
  }
}
