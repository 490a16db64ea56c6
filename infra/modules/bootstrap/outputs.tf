output "bucket" {
  description = "Name of the bucket, for `terraform init -backend-config=bucket=…` in each environment."
  value       = aws_s3_bucket.state.bucket
}

output "github_provider_arn" {
  description = "ARN of GitHub's identity provider; null where it is not created here."
  value       = one(aws_iam_openid_connect_provider.github[*].arn)
}
