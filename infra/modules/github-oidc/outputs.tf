output "role_arns" {
  description = "ARN of each role by its name: build and deploy and, with backup, also backup and prune, and with emergency, emergency."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
