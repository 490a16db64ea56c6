output "arn" {
  description = "ARN of the revision that Terraform registered."
  value       = aws_ecs_task_definition.this.arn
}

output "template" {
  description = "The revision that Terraform registered, as family:revision."
  value       = "${aws_ecs_task_definition.this.family}:${aws_ecs_task_definition.this.revision}"
}

output "family" {
  description = "Task definition family."
  value       = aws_ecs_task_definition.this.family
}

output "container" {
  description = "Name of the container."
  value       = var.container.name
}

output "role_arns" {
  description = "ARNs of the roles that are given to the task: the execution role and, if there is one, the task role."
  value       = compact([local.execution_role_arn, local.task_role_arn])
}

output "log_group_arn" {
  description = "ARN of the log group."
  value       = aws_cloudwatch_log_group.this.arn
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}
