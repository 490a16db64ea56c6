output "role_arns" {
  description = "ARN of the roles build and deploy."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
