# Backups, maintenance and monitoring.

variable "backup_retention_days" {
  description = "Days that RDS keeps its automated snapshots."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35 && floor(var.backup_retention_days) == var.backup_retention_days
    error_message = "backup_retention_days is ${var.backup_retention_days}; RDS keeps its snapshots for 1 to 35 days. Longer ones are what db-backup is for."
  }
}

variable "backup_window" {
  description = "Hours of the daily snapshot, in UTC. The default is 03:00 to 04:00 in Japan."
  type        = string
  default     = "18:00-19:00"
  nullable    = false

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window))
    error_message = "backup_window is \"${var.backup_window}\"; write it as hours and minutes of UTC, for example \"18:00-19:00\"."
  }
}

variable "maintenance_window" {
  description = "Hours of the week in which RDS may interrupt connections, in UTC. The default is Sunday 04:00 to 05:00 in Japan."
  type        = string
  default     = "sat:19:00-sat:20:00"
  nullable    = false

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window is \"${var.maintenance_window}\"; write it with days, as hours and minutes of UTC, for example \"sat:19:00-sat:20:00\"."
  }

  # RDS refuses windows that overlap. Of a window that crosses midnight, only RDS itself can tell.
  validation {
    condition = try(
      tonumber(replace(substr(var.maintenance_window, 14, 5), ":", "")) <= tonumber(replace(substr(var.backup_window, 0, 5), ":", "")) ||
      tonumber(replace(substr(var.maintenance_window, 4, 5), ":", "")) >= tonumber(replace(substr(var.backup_window, 6, 5), ":", "")),
      true,
    )
    error_message = "maintenance_window, ${var.maintenance_window}, overlaps backup_window, ${var.backup_window}, which RDS refuses. Let one begin when the other ends."
  }
}

variable "log_exports" {
  description = "Logs that RDS sends to CloudWatch: of PostgreSQL, and of major upgrades."
  type        = set(string)
  default     = ["postgresql", "upgrade"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.log_exports, ["postgresql", "upgrade"])) == 0
    error_message = "log_exports names ${join(", ", var.log_exports)}; PostgreSQL has only the logs postgresql and upgrade."
  }
}

variable "log_retention_days" {
  description = "Retention of the log groups in days."
  type        = number
  default     = 90
  nullable    = false

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, which CloudWatch Logs does not offer. Use for example 30, 90 or 365."
  }
}

variable "slow_query_milliseconds" {
  description = "Statements that take this long or longer are logged; -1: none, 0: all."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.slow_query_milliseconds >= -1 && var.slow_query_milliseconds <= 2147483647 && floor(var.slow_query_milliseconds) == var.slow_query_milliseconds
    error_message = "slow_query_milliseconds is ${var.slow_query_milliseconds}; use a whole number of milliseconds, 0 to log all statements, or -1 to log none."
  }
}

variable "insights" {
  description = "CloudWatch Database Insights: standard (load of the last 7 days, free of charge), advanced (15 months, locks and plans; billed by vCPU), or off. It succeeds Performance Insights."
  type        = string
  default     = "standard"
  nullable    = false

  validation {
    condition     = contains(["off", "standard", "advanced"], var.insights)
    error_message = "insights is \"${var.insights}\"; use off, standard or advanced."
  }
}

variable "monitoring_interval" {
  description = "Seconds between two measurements of Enhanced Monitoring, the operating system's view; 0: off. It is billed as CloudWatch Logs."
  type        = number
  default     = 0
  nullable    = false

  # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "monitoring_interval is ${var.monitoring_interval}; RDS measures every 1, 5, 10, 15, 30 or 60 seconds, or not at all: 0."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role of Enhanced Monitoring; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a managed policy: arn:aws:iam::123456789012:policy/…"
  }
}
