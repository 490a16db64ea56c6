output "uploads" {
  description = "Name and ARN of the uploads bucket."
  value       = { name = aws_s3_bucket.this["uploads"].bucket, arn = aws_s3_bucket.this["uploads"].arn }
}

output "backups" {
  description = "Name and ARN of the backups bucket."
  value       = { name = aws_s3_bucket.this["backups"].bucket, arn = aws_s3_bucket.this["backups"].arn }
}
