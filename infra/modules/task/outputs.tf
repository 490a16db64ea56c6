output "arn" {
  description = "ARN of Terraform's own revision."
  value       = aws_ecs_task_definition.this.arn
}

output "template" {
  description = "family:revision of Terraform's own revision."
  value       = "${aws_ecs_task_definition.this.family}:${aws_ecs_task_definition.this.revision}"
}

output "log_group_arn" {
  description = "ARN of the log group."
  value       = aws_cloudwatch_log_group.this.arn
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}
