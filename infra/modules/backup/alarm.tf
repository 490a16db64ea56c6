# Rings after 26 hours without a backup: one a day, which takes up to two hours.
#
# A day has one data point and 25 missing ones. FILL makes each missing hour a 0; without it, CloudWatch would look back
# for real data points beyond the 26 hours, and ring hours later. Where the metric has no data at all, as before the first
# backup, missing data is breaching.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
resource "aws_cloudwatch_metric_alarm" "no_backup" {
  alarm_name          = "${var.name}-no-backup${var.suffix}"
  alarm_description   = "No backup of the database for 26 hours"
  evaluation_periods  = 26
  datapoints_to_alarm = 26
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [var.alerts_topic_arn]
  ok_actions          = [var.alerts_topic_arn]

  metric_query {
    id          = "result"
    expression  = "FILL(backups, 0)"
    label       = "Backups an hour"
    return_data = true
  }

  metric_query {
    id = "backups"

    metric {
      namespace   = var.metric_namespace
      metric_name = "BackupSuccess"
      dimensions  = { Database = var.database.name }
      stat        = "Sum"
      period      = 3600
    }
  }
}
