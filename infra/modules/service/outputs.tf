output "name" {
  description = "Service name."
  value       = aws_ecs_service.this.name
}

output "log_group_arn" {
  description = "ARN of the log group."
  value       = module.task.log_group_arn
}
