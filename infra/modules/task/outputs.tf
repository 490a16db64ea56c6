output "arn" {
  description = "ARN of the revision that Terraform registered."
  value       = aws_ecs_task_definition.this.arn
}

output "template" {
  description = "The revision that Terraform registered, as family:revision."
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
