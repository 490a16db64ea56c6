output "role_arns" {
  description = "ARN of each role by its name: plan, read and apply."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "boundary_arn" {
  description = "ARN of the permissions boundary that the environment's roles must have: its permissions_boundary_arn."
  value       = aws_iam_policy.boundary.arn
}
