variable "name" {
  description = "First part of each name, for example \"rainbow-seeker\"."
  type        = string
  default     = "rainbow-seeker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name is the first part of each name: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter, for example \"rainbow-seeker\"."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production, else a dash and the environment."
  type        = string

  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.suffix))
    error_message = "suffix is \"${var.suffix}\": it must be empty, or a dash with lower-case letters and digits, such as \"-staging\". Names of tasks, role and alarm end with it. Change it where the module is called."
  }
}

variable "image" {
  description = "Image of the first revision; the workflow registers later revisions with the built image."
  type        = string

  validation {
    condition     = can(regex("^[^\\s:@]+(:[0-9]+)?(/[^\\s:@]+)*(:[\\w.-]+|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "image is \"${var.image}\": it must be a repository with a tag or a digest, such as 123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-backup:none-yet. Take the output url of the module registry, and add the tag."
  }
}

variable "bucket" {
  description = "Name and ARN of the bucket for backups."
  type        = object({ name = string, arn = string })

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::[^/*]+$", var.bucket.arn))
    error_message = "bucket is ${jsonencode(var.bucket)}: arn must be that of the bucket itself, without a path, because the tasks' permissions are made of it. Give the output backups of the module storage."
  }
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

  validation {
    condition     = can(regex("^[A-Za-z0-9.-]+$", var.database.host))
    error_message = "database.host is \"${var.database.host}\": it must be a host name without scheme and port. Give the output address of the module database."
  }

  validation {
    condition     = var.database.port >= 1 && var.database.port <= 65535 && floor(var.database.port) == var.database.port
    error_message = "database.port is ${var.database.port}: a TCP port is a whole number from 1 to 65535. Give the output port of the module database."
  }

  # https://www.postgresql.org/docs/current/libpq-ssl.html
  validation {
    condition     = contains(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"], var.database.ssl)
    error_message = "database.ssl is \"${var.database.ssl}\": libpq knows disable, allow, prefer, require, verify-ca and verify-full. Use verify-full on AWS."
  }

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]{0,62}$", var.database.name))
    error_message = "database.name is \"${var.database.name}\": it must be the name of a PostgreSQL database, with letters, digits and underscores, because folders of backups and metrics have it. Give the output name of the module database."
  }

  validation {
    condition     = var.database.secrets.backup != var.database.secrets.master
    error_message = "database.secrets has the same ARN for backup and master: a backup would be made with the master's password. Give the parameter backup-password and the master's secret."
  }
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories that the image is pulled from (see module task)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/", arn))])
    error_message = "repository_arns is ${jsonencode(var.repository_arns)}: each must be the ARN of an ECR repository. Give the output arn of the module registry."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary. Use null for no boundary."
  }
}

variable "ephemeral_storage" {
  description = "Ephemeral storage of the tasks in GiB, 21 to 200. The ephemeral PostgreSQL instance that a backup is restored into for verification keeps the whole database there."
  type        = number

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
  validation {
    condition     = var.ephemeral_storage >= 21 && var.ephemeral_storage <= 200 && floor(var.ephemeral_storage) == var.ephemeral_storage
    error_message = "ephemeral_storage is ${var.ephemeral_storage}: Fargate takes a whole number from 21 to 200 GiB. Give what the database can grow to and 5 GiB more; a database that does not fit into 200 GiB cannot be verified by a restore."
  }
}

variable "environment" {
  description = "Additional environment variables of the tasks."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "metric_namespace" {
  description = "CloudWatch namespace of the backups' metrics: another one for each environment of an account, because the alarm counts whatever arrives there."
  type        = string

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
  validation {
    condition     = can(regex("^[^:].{0,254}$", var.metric_namespace)) && !startswith(var.metric_namespace, "AWS/")
    error_message = "metric_namespace is \"${var.metric_namespace}\": it must have 1 to 255 characters and begin with neither a colon nor AWS/, which is reserved. Give the namespace that the workflow passes to db-backup as metrics, such as RainbowSeeker-staging."
  }
}

variable "alerts_topic_arn" {
  description = "ARN of the SNS topic that the alarm notifies."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:", var.alerts_topic_arn))
    error_message = "alerts_topic_arn is \"${var.alerts_topic_arn}\": it must be the ARN of an SNS topic. Give the output topic_arn of the module observability."
  }
}

variable "log_retention_days" {
  description = "Retention of the log groups in days."
  type        = number

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}: CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653. Choose the next one."
  }
}
