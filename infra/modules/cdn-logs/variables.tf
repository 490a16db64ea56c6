variable "name" {
  description = "Name of the delivery."
  type        = string

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,60}$", var.name))
    error_message = "name has 1 to 60 letters, digits, hyphens and underscores, for example \"rainbow-seeker\"."
  }
}

variable "distribution_arn" {
  description = "ARN of the distribution (arn of module cdn)."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:cloudfront::[0-9]{12}:distribution/[A-Z0-9]+$", var.distribution_arn))
    error_message = "distribution_arn is the ARN of a CloudFront distribution, for example arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS. Pass arn of module cdn."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket, which must accept logs under cdn/ (arn of module log-bucket)."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]+$", var.bucket_arn))
    error_message = "bucket_arn is the ARN of a bucket without a path, for example arn:aws:s3:::rainbow-seeker-logs. Pass arn of module log-bucket."
  }
}
