variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "service_connect" {
  description = "Create a Service Connect namespace."
  type        = bool
}

variable "repository_arns" {
  description = "Image repositories that tasks pull from."
  type        = list(string)
}

variable "log_group_arn_prefix" {
  description = "ARN prefix of the log groups that tasks write to."
  type        = string
}

variable "parameter_arn_prefix" {
  description = "ARN prefix of the environment's parameters, without the last slash."
  type        = string
}

variable "master_secret_arn" {
  description = "Secret with the database's master password."
  type        = string
}

variable "uploads_bucket_arn" {
  description = "Bucket that api stores uploads in."
  type        = string
}
