# The alarms of the design document and two additional ones, all sent to one SNS topic.

resource "aws_sns_topic" "alerts" {
  name = "rainbow-seeker-alerts${var.suffix}"
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = var.alert_emails
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  alarms = {
    high-cpu = {
      description = "api uses more than 80% of its CPU"
      namespace   = "AWS/ECS"
      metric      = "CPUUtilization"
      statistic   = "Average"
      period      = 300
      threshold   = 80
      missing     = "missing"
      dimensions  = { ServiceName = var.api_service_name, ClusterName = var.cluster_name }
    }
    db-connections = {
      description = "More than 80 connections to the database"
      namespace   = "AWS/RDS"
      metric      = "DatabaseConnections"
      statistic   = "Average"
      period      = 300
      threshold   = 80
      missing     = "missing"
      dimensions  = { DBInstanceIdentifier = var.database_identifier }
    }
    http-5xx = {
      description = "api answers with server errors"
      namespace   = "AWS/ApplicationELB"
      metric      = "HTTPCode_Target_5XX_Count"
      statistic   = "Sum"
      period      = 60
      threshold   = 10
      missing     = "notBreaching"
      dimensions  = { LoadBalancer = var.load_balancer_arn_suffix }
    }
    db-storage = {
      description = "Less than 2 GiB of database storage is free"
      namespace   = "AWS/RDS"
      metric      = "FreeStorageSpace"
      statistic   = "Minimum"
      period      = 300
      threshold   = 2147483648
      missing     = "missing"
      dimensions  = { DBInstanceIdentifier = var.database_identifier }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "rainbow-seeker-${each.key}${var.suffix}"
  alarm_description   = each.value.description
  comparison_operator = each.key == "db-storage" ? "LessThanThreshold" : "GreaterThanThreshold"
  evaluation_periods  = 2
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  period              = each.value.period
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  dimensions          = each.value.dimensions
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
