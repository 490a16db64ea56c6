variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "repository" {
  description = "GitHub repository whose jobs may assume the roles, as OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be OWNER/NAME, for example rainbow-seeker/deploy-toolkit: a pattern would let others in."
  }
}

variable "branch" {
  description = "Branch whose jobs may build, back up and prune."
  type        = string
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy."
  type        = string
}

variable "create_provider" {
  description = "Whether to create GitHub's identity provider; false where the account already has it, since an account can have only one."
  type        = bool
}

variable "image_repository_arns" {
  description = "ARNs of the ECR repositories that may be pushed to."
  type        = list(string)
}

variable "ecs_arn_prefix" {
  description = "ARN prefix of ECS: arn:PARTITION:ecs:REGION:ACCOUNT."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the cluster that is deployed to."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster that is deployed to."
  type        = string
}

variable "services" {
  description = "Names of the services that may be updated."
  type        = list(string)
}

variable "families" {
  description = "Task definition families for which revisions may be registered."
  type        = list(string)
}

variable "migration_family" {
  description = "Task definition family that may be run as a one-off task."
  type        = string
}

variable "task_role_arns" {
  description = "ARNs of the IAM roles that may be passed to tasks."
  type        = list(string)
}

variable "log_group_arns" {
  description = "ARNs of the log groups that a deployment may read."
  type        = list(string)
}

variable "backup" {
  description = "Families, IAM roles and log groups of the backup tasks, the bucket, and the service whose network configuration the tasks use."
  type = object({
    families       = list(string)
    task_role_arns = list(string)
    log_group_arns = list(string)
    bucket_arn     = string
    service        = string
  })
}
