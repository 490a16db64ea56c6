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
  description = "Appended to each name: empty in production."
  type        = string
  default     = ""
  nullable    = false
}

variable "repository" {
  description = "GitHub repository whose jobs may assume the roles, as OWNER/NAME, spelled as GitHub spells it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be OWNER/NAME, for example rainbow-seeker/deploy-toolkit, without IDs, which are repository_id and repository_owner_id: a pattern would let others in."
  }
}

variable "repository_id" {
  description = "ID of the repository. With it and repository_owner_id, the immutable form of GitHub's subjects is trusted too, and no other repository that gets the same name. null: only the form with names."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[1-9][0-9]*$", var.repository_id))
    error_message = "repository_id must be a number: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "repository_owner_id" {
  description = "ID of the owner of the repository, a user or an organization; required with repository_id."
  type        = string
  default     = null

  validation {
    condition     = var.repository_owner_id == null || can(regex("^[1-9][0-9]*$", var.repository_owner_id))
    error_message = "repository_owner_id must be a number: gh api repos/OWNER/NAME --jq .owner.id"
  }

  validation {
    condition     = (var.repository_id == null) == (var.repository_owner_id == null)
    error_message = "repository_id and repository_owner_id belong together: set both, or neither."
  }
}

variable "workflows" {
  description = "Repository of the reusable workflows, and the ref by which the jobs call them, in full: refs/tags/v1, refs/heads/main or a commit. null: those of the repository itself, at the ref of the job."
  type        = object({ repository = string, ref = string })
  default     = null

  validation {
    condition     = var.workflows == null || can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+$", var.workflows.repository))
    error_message = "workflows.repository must be OWNER/NAME, for example rainbow-seeker/deploy-toolkit."
  }

  validation {
    condition     = var.workflows == null || can(regex("^(refs/(heads|tags)/[A-Za-z0-9._/-]+|[0-9a-f]{40})$", var.workflows.ref))
    error_message = "workflows.ref must be a full ref or a commit, not a pattern: refs/tags/v1, refs/heads/main, or 40 hexadecimal digits."
  }
}

variable "own_workflows" {
  description = "Workflows of the repository itself, by their file names, whose jobs build, deploy or roll back with the actions instead of the reusable workflows: they share the role deploy, which may build too, and there is no role build. Each of their jobs has to be in the environment. None: the reusable workflows."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for file in var.own_workflows : can(regex("^[A-Za-z0-9._-]+[.]ya?ml$", file))])
    error_message = "own_workflows are the names of files in .github/workflows, without their folder and without patterns, for example deploy.yml."
  }

  validation {
    condition     = length(var.own_workflows) == 0 || (var.workflows == null && var.backup == null)
    error_message = "own_workflows are of the repository itself: leave out workflows, which are another's, and backup, whose jobs are those of the reusable workflows."
  }
}

variable "branch" {
  description = "Branch whose jobs may assume the roles."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "branch must be the name of one branch, for example main: a pattern would let others in. For any branch, set any_branch."
  }
}

variable "any_branch" {
  description = "Whether the jobs of every branch may build and deploy: not in production, where it would let anybody deploy who can push a branch. Backing up and pruning stay with branch."
  type        = bool
  default     = false
  nullable    = false
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy."
  type        = string

  # GitHub replaces a colon in subjects; a pattern would let others in.
  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.environment))
    error_message = "environment must be the name of one GitHub environment, of letters, digits, dots, underscores and hyphens."
  }
}

variable "provider_arn" {
  description = "ARN of the account's identity provider for GitHub, as module bootstrap outputs it; null: the one that the account has."
  type        = string
  default     = null

  validation {
    condition     = var.provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token[.]actions[.]githubusercontent[.]com$", var.provider_arn))
    error_message = "provider_arn must be the ARN of GitHub's identity provider in IAM: aws iam list-open-id-connect-providers. Leave it out to have it looked up."
  }
}

variable "image_repository_arns" {
  description = "ARNs of the ECR repositories that may be pushed to."
  type        = list(string)
}

variable "pull_repository_arns" {
  description = "ARNs of the ECR repositories whose images are deployed as well, and not pushed to: a deployment looks up whether an image exists and is signed."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.pull_repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/.+$", arn))])
    error_message = "pull_repository_arns must be ARNs of ECR repositories, for example arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api."
  }
}

variable "cluster_arn" {
  description = "ARN of the cluster that is deployed to."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.cluster_arn))
    error_message = "cluster_arn must be the ARN of an ECS cluster, for example arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster."
  }
}

variable "cluster_name" {
  description = "Name of the cluster, where the policies must be known before the cluster exists; null: the one in cluster_arn."
  type        = string
  default     = null
}

variable "ecs_arn_prefix" {
  description = "arn:PARTITION:ecs:REGION:ACCOUNT, where the policies must be known before the cluster exists; null: as in cluster_arn."
  type        = string
  default     = null
}

variable "services" {
  description = "Names of the services that may be updated."
  type        = list(string)
}

variable "families" {
  description = "Task definition families for which revisions may be registered; null: those named like the services, and migration_family."
  type        = list(string)
  default     = null
}

variable "migration_family" {
  description = "Task definition family that may be run as a one-off task; null: no task may be run."
  type        = string
  default     = null
}

variable "task_role_arns" {
  description = "ARNs of the IAM roles that may be passed to tasks."
  type        = list(string)
}

variable "log_group_arns" {
  description = "ARNs of the log groups that a deployment may read."
  type        = list(string)
}

variable "audit_log_group_arn" {
  description = "ARN of the log group of the audit trail, to which every role but build may add records, and nothing else; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.audit_log_group_arn == null || can(regex("^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:[A-Za-z0-9_./#-]+$", var.audit_log_group_arn))
    error_message = "audit_log_group_arn must be the ARN of one log group, without \":*\" at its end, for example arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker. Give the output audit_log_group_arn of the module observability."
  }
}

variable "secret_arns" {
  description = "ARNs of the secrets of Secrets Manager that task definitions refer to: a deployment looks up whether they exist, and cannot read them."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_arns : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+$", arn))])
    error_message = "secret_arns must be ARNs of secrets, without a key or a pattern, for example arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:NAME-AbCdEf."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, for example arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "backup" {
  description = "Families, IAM roles and log groups of the backup tasks, the bucket, and the service whose network configuration the tasks use; null: no roles to back up and prune."
  type = object({
    families       = list(string)
    task_role_arns = list(string)
    log_group_arns = list(string)
    bucket_arn     = string
    service        = string
  })
  default = null
}

variable "emergency" {
  description = "For emergencies: the rule with the maintenance answer, and the task that protects the database, with its family, IAM roles and log groups. {}: only the services are stopped and resumed; null: no role for it."
  type = object({
    maintenance_rule = optional(object({ arn = string }))
    protection = optional(object({
      family         = string
      task_role_arns = list(string)
      log_group_arns = list(string)
    }))
  })
  default = null
}
