variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "service_connect" {
  description = "Whether to create a Service Connect namespace."
  type        = bool
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories that tasks pull from."
  type        = list(string)
}

variable "log_group_arn_prefix" {
  description = "ARN prefix of the log groups that tasks write to."
  type        = string
}

variable "parameter_arn_prefix" {
  description = "ARN prefix of the environment's parameters, without a trailing slash."
  type        = string
}

variable "master_secret_arn" {
  description = "ARN of the secret with the master password of the database."
  type        = string
}

variable "uploads_bucket_arn" {
  description = "ARN of the bucket that api stores uploads in."
  type        = string
}
