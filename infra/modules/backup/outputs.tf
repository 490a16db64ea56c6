output "families" {
  description = "Names of the task definition families: backup and restore."
  value       = [for name in keys(local.tasks) : "rainbow-seeker-${name}${var.suffix}"]
}

output "task_role_arn" {
  description = "ARN of the task role of both families."
  value       = aws_iam_role.task.arn
}

output "log_group_arns" {
  description = "ARNs of the log groups of both families."
  value       = [for task in module.task : task.log_group_arn]
}
