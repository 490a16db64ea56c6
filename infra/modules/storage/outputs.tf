output "uploads" {
  description = "Name and ARN of the uploads bucket."
  value       = { name = aws_s3_bucket.this["uploads"].bucket, arn = aws_s3_bucket.this["uploads"].arn }
}

output "assets" {
  description = "Name, ARN and regional domain name of the bucket for static assets."
  value = {
    name        = aws_s3_bucket.this["assets"].bucket
    arn         = aws_s3_bucket.this["assets"].arn
    domain_name = aws_s3_bucket.this["assets"].bucket_regional_domain_name
  }
}

output "backups" {
  description = "Name and ARN of the backups bucket."
  value       = { name = aws_s3_bucket.this["backups"].bucket, arn = aws_s3_bucket.this["backups"].arn }
}
