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

output "master_secret_arn" {
  description = "Secrets Manager ARN of the master user: JSON with username and password."
  value       = var.password_managed_by_rds ? aws_db_instance.this.master_user_secret[0].secret_arn : aws_secretsmanager_secret.master[0].arn
}
