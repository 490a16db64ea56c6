output "topic_arn" {
  description = "ARN of the SNS topic that alarms notify."
  value       = aws_sns_topic.alerts.arn

  # Until its policy is there, alarms cannot publish.
  depends_on = [aws_sns_topic_policy.alerts]
}

output "alarm_names" {
  description = "Name of each alarm by its short name."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}

output "audit_log_group_arn" {
  description = "ARN of the log group of the audit trail."

  # Not the attribute, which no plan knows: policies are made of it.
  value = "${local.arn_prefix}:logs:${local.region}:${local.account}:log-group:${aws_cloudwatch_log_group.audit.name}"
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
