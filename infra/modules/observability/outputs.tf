output "topic_arn" {
  description = "ARN of the SNS topic that alarms notify."
  value       = aws_sns_topic.alerts.arn
}

output "alarm_names" {
  description = "Name of each alarm by its short name."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}
