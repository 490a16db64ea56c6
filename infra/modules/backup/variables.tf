variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "image" {
  description = "Image of the first revision; the workflow registers later revisions with the built image."
  type        = string
}

variable "bucket" {
  description = "Name and ARN of the bucket for backups."
  type        = object({ name = string, arn = string })
}

variable "database" {
  description = "The database, libpq's sslmode for connections to it, and the ARNs of the passwords of the backup role and of the master user."
  type = object({
    host    = string
    port    = number
    name    = string
    ssl     = string
    secrets = object({ backup = string, master = string })
  })
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories that the image is pulled from (see module task)."
  type        = list(string)
  default     = []
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles; null: none."
  type        = string
  default     = null
}

variable "ephemeral_storage" {
  description = "Ephemeral storage of the tasks in GiB, 21 to 200. The ephemeral PostgreSQL instance that a backup is restored into for verification keeps the whole database there."
  type        = number
}

variable "environment" {
  description = "Additional environment variables of the tasks."
  type        = map(string)
  default     = {}
}

variable "metric_namespace" {
  description = "CloudWatch namespace of the backups' metrics."
  type        = string
  default     = "RainbowSeeker"
}

variable "alerts_topic_arn" {
  description = "ARN of the SNS topic that the alarm notifies."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of the log groups in days."
  type        = number
}
