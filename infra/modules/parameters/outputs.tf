locals {
  parameters = merge(aws_ssm_parameter.generated, aws_ssm_parameter.initial)
}

output "arns" {
  description = "ARN of each parameter by its short name, for example jwt-secret and jwt-secret-alternates."
  value       = { for name, parameter in local.parameters : name => parameter.arn }
}
