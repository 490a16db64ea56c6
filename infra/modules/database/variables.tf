variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the instance."
  type        = string
}

variable "engine_major" {
  description = "PostgreSQL major version; minor upgrades are automatic."
  type        = string
}

variable "instance_class" {
  description = "RDS instance class."
  type        = string
}

variable "multi_az" {
  description = "Keep a standby in a second zone."
  type        = bool
}

variable "allocated_storage" {
  description = "GiB at first."
  type        = number
}

variable "max_allocated_storage" {
  description = "GiB up to which storage grows by itself."
  type        = number
}

variable "backup_retention_days" {
  description = "Days that RDS keeps its own snapshots."
  type        = number
}

variable "force_ssl" {
  description = "Refuse connections without TLS."
  type        = bool
}

variable "performance_insights" {
  description = "RDS Performance Insights."
  type        = bool
}

variable "deletion_protection" {
  description = "Refuse to delete the instance."
  type        = bool
}

variable "skip_final_snapshot" {
  description = "Delete without a last snapshot; only for environments without data to keep."
  type        = bool
}

variable "password_managed_by_rds" {
  description = "true: RDS creates and rotates the master password in Secrets Manager; false: this module creates a secret of the same shape."
  type        = bool
}
