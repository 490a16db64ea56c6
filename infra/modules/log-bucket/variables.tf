variable "name" {
  description = "Name of the bucket, for example \"rainbow-seeker-logs\". Bucket names are globally unique."
  type        = string

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name has 3 to 63 lower-case letters, digits and hyphens, for example \"rainbow-seeker-logs-yourcompany\". Change it, or the suffix that it is made from."
  }
}

variable "retention_days" {
  description = "Days after which logs are deleted."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is a whole number of days, at least 1, for example 90."
  }
}

variable "force_destroy" {
  description = "Whether the bucket may be deleted with the logs in it."
  type        = bool
  default     = false
  nullable    = false
}
