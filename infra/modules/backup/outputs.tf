output "families" {
  description = "Names of the task definition families: backup and restore."
  value       = [for name in keys(local.tasks) : "${var.name}-${name}${var.suffix}"]
}

output "restore" {
  description = "The family that connects as the master user, with its container's log group and the roles that it is given: restores and, in an emergency, the protection of the database."
  value = {
    family        = module.task["restore"].family
    role_arns     = module.task["restore"].role_arns
    log_group_arn = module.task["restore"].log_group_arn
  }
}

output "role_arns" {
  description = "ARNs of the roles that are given to the tasks: an execution role each, and the task role of both."
  value       = distinct(flatten([for task in module.task : task.role_arns]))
}

output "log_group_arns" {
  description = "ARNs of the log groups of both families."
  value       = [for task in module.task : task.log_group_arn]
}
