variable "bucket" {
  description = "Name of the bucket for the states; globally unique, for example with the number of the account in it."
  type        = string

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be 3 to 63 lower-case letters, digits and hyphens, and begin and end with a letter or a digit: my-company-terraform-123456789012. A name with dots has no valid certificate."
  }
}

variable "github" {
  description = "Whether to create GitHub's identity provider, which the roles of module github-oidc trust; false where no environment of the account is deployed from GitHub, or where the provider belongs to another configuration."
  type        = bool
  default     = true
  nullable    = false
}

variable "protected" {
  description = "Whether a bucket that contains states cannot be deleted; false only to leave the account."
  type        = bool
  default     = true
  nullable    = false
}

variable "tls_only" {
  description = "Whether to refuse requests without TLS; false only for the local AWS, which has none."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of a KMS key that encrypts the states; null: S3's own keys. With a key, everybody who plans or applies needs kms:Decrypt and kms:GenerateDataKey for it."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, not of an alias: aws kms describe-key --key-id alias/NAME --query KeyMetadata.Arn"
  }
}

variable "version_days" {
  description = "Days after which a version of a state that has been replaced is deleted."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.version_days >= 1 && floor(var.version_days) == var.version_days
    error_message = "version_days must be a whole number of days, 1 or more: 90."
  }
}

variable "versions_kept" {
  description = "How many replaced versions of each state are kept, however old they are."
  type        = number
  default     = 20
  nullable    = false

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
  validation {
    condition     = var.versions_kept >= 1 && var.versions_kept <= 100 && floor(var.versions_kept) == var.versions_kept
    error_message = "versions_kept must be a whole number from 1 to 100, which is what S3 accepts: 20."
  }
}
