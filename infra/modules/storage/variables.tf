variable "name" {
  description = "First part of each name, for example \"rainbow-seeker\"."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name is the first part of each bucket name: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter, for example \"rainbow-seeker\"."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.suffix))
    error_message = "suffix is empty or begins with a hyphen, in lower case, for example \"-staging\"."
  }
}

variable "bucket_suffix" {
  description = "Appended after the suffix, because bucket names are globally unique; for example \"-yourcompany\"."
  type        = string
  default     = ""
  nullable    = false

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.bucket_suffix))
    error_message = "bucket_suffix is empty, or a hyphen and lower-case letters and digits, because S3 allows no others in bucket names. Write it like \"-yourcompany\"."
  }
}

variable "force_destroy" {
  description = "Whether the buckets may be deleted with their objects; only for environments without data to keep."
  type        = bool
  default     = false
  nullable    = false
}

variable "tls_only" {
  description = "Whether to refuse requests without TLS."
  type        = bool
  default     = true
  nullable    = false
}

variable "backups_lock_days" {
  description = "Days for which a backup cannot be deleted or overwritten by anybody without s3:BypassGovernanceRetention (Object Lock). null: none. It cannot be turned off again, only changed."
  type        = number
  default     = null

  validation {
    condition     = var.backups_lock_days == null ? true : var.backups_lock_days >= 1 && var.backups_lock_days <= 36500 && floor(var.backups_lock_days) == var.backups_lock_days
    error_message = "backups_lock_days is a whole number of days from 1 to 36500, for example 7, or null for no lock."
  }
}

variable "log_bucket" {
  description = "Name of the bucket for access logs (module log-bucket); null: none."
  type        = string
  default     = null

  validation {
    condition     = var.log_bucket == null || !contains([for kind in ["uploads", "assets", "backups"] : "${var.name}-${kind}${var.suffix}${var.bucket_suffix}"], coalesce(var.log_bucket, "none"))
    error_message = "log_bucket is one of the buckets whose requests it would record, which would go on forever. Use a bucket of its own: module log-bucket."
  }
}

variable "cdn" {
  description = "The CloudFront distribution that reads the assets (module cdn); null: none."
  type        = object({ distribution_arn = string })
  default     = null
}
