variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
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
  description = "Whether to keep a standby in a second zone."
  type        = bool
}

variable "allocated_storage" {
  description = "Initial storage in GiB."
  type        = number
}

variable "max_allocated_storage" {
  description = "Limit of storage autoscaling in GiB."
  type        = number
}

variable "backup_retention_days" {
  description = "Days that RDS keeps its automated snapshots."
  type        = number
}

variable "force_ssl" {
  description = "Whether to refuse connections without TLS."
  type        = bool
}

variable "performance_insights" {
  description = "Whether to turn on RDS Performance Insights."
  type        = bool
}

variable "deletion_protection" {
  description = "Whether to refuse the deletion of the instance."
  type        = bool
}

variable "skip_final_snapshot" {
  description = "Whether the instance is deleted without a final snapshot; only for environments without data to keep."
  type        = bool
}

variable "password_managed_by_rds" {
  description = "true: RDS creates and rotates the master password in Secrets Manager; false: this module creates a secret of the same structure."
  type        = bool
}
