output "address" {
  description = "Host name of the instance."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "TCP port."
  value       = aws_db_instance.this.port
}

output "name" {
  description = "Database name."
  value       = aws_db_instance.this.db_name
}

output "identifier" {
  description = "RDS instance identifier."
  value       = aws_db_instance.this.identifier
}

output "resource_id" {
  description = "ID of the instance in the ARNs of rds-db:connect, for iam_authentication."
  value       = aws_db_instance.this.resource_id
}

output "log_group_arns" {
  description = "ARN of each log group by the name of the log."
  value       = { for log, group in aws_cloudwatch_log_group.this : log => group.arn }
}

output "master_secret_arn" {
  description = "Secrets Manager ARN of the master user: JSON with username and password."

  # An instance that had another password has no secret of RDS until the apply has changed it; the provider would say
  # so in the plan, as an empty list. timestamp() is not known in a plan, so what uses the secret waits for the apply.
  value = var.password_managed_by_rds ? try(
    aws_db_instance.this.master_user_secret[0].secret_arn,
    "RDS has not created the secret of ${aws_db_instance.this.identifier} at ${timestamp()}: apply again",
  ) : aws_secretsmanager_secret.master[0].arn
}

output "engine_version" {
  description = "Version that runs, with its minor version."
  value       = aws_db_instance.this.engine_version_actual

  # Known in the plan of an instance that exists; RDS would refuse both in the apply.
  precondition {
    condition     = var.allow_major_version_upgrade || try(tonumber(split(".", aws_db_instance.this.engine_version_actual)[0]) >= tonumber(var.engine_major), true)
    error_message = "engine_major is ${var.engine_major}, but the instance runs ${aws_db_instance.this.engine_version_actual}. Read docs/decisions/0015-the-database.md, then set allow_major_version_upgrade = true for this upgrade."
  }

  precondition {
    condition     = try(tonumber(split(".", aws_db_instance.this.engine_version_actual)[0]) <= tonumber(var.engine_major), true)
    error_message = "engine_major is ${var.engine_major}, but the instance runs ${aws_db_instance.this.engine_version_actual}, and RDS has no way back. Set engine_major to the version that runs, or restore a backup into a new instance."
  }
}
