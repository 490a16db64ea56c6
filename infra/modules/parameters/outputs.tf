output "arns" {
  description = "ARN of each parameter by its short name: db-password, backup-password, jwt-secret, redis-auth-token, weather-api-key, firebase-project-id, and db-password-alternates, jwt-secret-alternates, redis-auth-token-alternates for rotations."
  value       = { for name, parameter in merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial) : name => parameter.arn }
}
