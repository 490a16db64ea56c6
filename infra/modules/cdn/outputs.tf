output "arn" {
  description = "ARN of the distribution."
  value       = aws_cloudfront_distribution.this.arn
}

output "id" {
  description = "ID of the distribution, for invalidations: aws cloudfront create-invalidation."
  value       = aws_cloudfront_distribution.this.id
}

output "domain_name" {
  description = "CloudFront's own name of the distribution, which the DNS record of your domain points to."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "url" {
  description = "URL at which users reach the system."
  value       = "https://${var.domain == null ? aws_cloudfront_distribution.this.domain_name : var.domain.name}/"
}
