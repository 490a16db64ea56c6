output "bucket" {
  description = "Name of the bucket for the states."
  value       = module.bootstrap.bucket
}

output "github_provider_arn" {
  description = "ARN of GitHub's identity provider; null where it is not created here."
  value       = module.bootstrap.github_provider_arn
}
