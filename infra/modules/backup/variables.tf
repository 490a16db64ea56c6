variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "image" {
  description = "Image of the first revision; the workflow registers revisions with the real one."
  type        = string
}

variable "bucket" {
  description = "Name and ARN of the bucket for backups."
  type        = object({ name = string, arn = string })
}

variable "database" {
  description = "The database, how TLS is used on the way (as libpq says it), and ARNs of the passwords of the backup role and of the master."
  type = object({
    host    = string
    port    = number
    name    = string
    ssl     = string
    secrets = object({ backup = string, master = string })
  })
}

variable "execution_role_arn" {
  description = "Execution role of backups: it may read the backup role's password."
  type        = string
}

variable "restore_execution_role_arn" {
  description = "Execution role of restores: it may read the master's password."
  type        = string
}

variable "ephemeral_storage" {
  description = "GiB of disk of the tasks, 21 to 200: the ephemeral PostgreSQL instance of a restore keeps the whole database there."
  type        = number
}

variable "environment" {
  description = "Further environment variables of the tasks."
  type        = map(string)
  default     = {}
}

variable "metric_namespace" {
  description = "CloudWatch namespace of the backups' metrics."
  type        = string
  default     = "RainbowSeeker"
}

variable "alerts_topic_arn" {
  description = "Topic that the alarm goes to."
  type        = string
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
}
