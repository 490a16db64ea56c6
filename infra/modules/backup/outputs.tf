output "families" {
  description = "Task definition families: backup and restore."
  value       = [for name in keys(local.tasks) : "rainbow-seeker-${name}${var.suffix}"]
}

output "task_role_arn" {
  description = "Task role of both."
  value       = aws_iam_role.task.arn
}

output "log_group_arns" {
  description = "ARNs of their log groups."
  value       = [for task in module.task : task.log_group_arn]
}
