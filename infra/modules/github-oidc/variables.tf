variable "suffix" {
  description = "Appended to names."
  type        = string
}

variable "repository" {
  description = "GitHub repository whose jobs may come in: OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be OWNER/NAME, for example rainbow-seeker/deploy-toolkit: a pattern would let others in."
  }
}

variable "branch" {
  description = "Branch whose pushes may build."
  type        = string
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy."
  type        = string
}

variable "create_provider" {
  description = "false where the account has GitHub's identity provider already: it can hold one."
  type        = bool
}

variable "image_repository_arns" {
  description = "Image repositories that may be pushed to."
  type        = list(string)
}

variable "ecs_arn_prefix" {
  description = "arn:PARTITION:ecs:REGION:ACCOUNT"
  type        = string
}

variable "cluster_arn" {
  description = "Cluster that is deployed to."
  type        = string
}

variable "cluster_name" {
  description = "Its name."
  type        = string
}

variable "services" {
  description = "Services that may be updated."
  type        = list(string)
}

variable "families" {
  description = "Task definition families that revisions may be registered of."
  type        = list(string)
}

variable "migration_family" {
  description = "Family that may be run as a one-off task."
  type        = string
}

variable "task_role_arns" {
  description = "Roles that tasks may be given."
  type        = list(string)
}

variable "log_group_arns" {
  description = "Log groups that a deployment may quote."
  type        = list(string)
}

variable "backup" {
  description = "Families of the backup tasks, roles and log groups of theirs, the bucket, and the service whose network they take."
  type = object({
    families       = list(string)
    task_role_arns = list(string)
    log_group_arns = list(string)
    bucket_arn     = string
    service        = string
  })
}
