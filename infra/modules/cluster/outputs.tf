output "arn" {
  description = "Cluster ARN."
  value       = aws_ecs_cluster.this.arn
}

output "name" {
  description = "Cluster name."
  value       = aws_ecs_cluster.this.name
}

output "namespace_arn" {
  description = "ARN of the Service Connect namespace; null when there is none."
  value       = one(aws_service_discovery_http_namespace.this[*].arn)
}

output "execution_role_arn" {
  description = "ARN of the execution role of the services."
  value       = aws_iam_role.execution["services"].arn
}

output "migration_execution_role_arn" {
  description = "ARN of the execution role of migrations."
  value       = aws_iam_role.execution["migration"].arn
}

output "backup_execution_role_arn" {
  description = "ARN of the execution role of backups."
  value       = aws_iam_role.execution["backup"].arn
}

output "task_role_arn" {
  description = "ARN of the task role of api."
  value       = aws_iam_role.task.arn
}
