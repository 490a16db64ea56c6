variable "name" {
  description = "First part of each name, for example \"rainbow-seeker\"."
  type        = string
  default     = "rainbow-seeker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,24}[a-z0-9]$", var.name))
    error_message = "name is the first part of each name: 2 to 26 lower-case letters, digits and hyphens, beginning with a letter, for example \"rainbow-seeker\"."
  }
}

variable "environment" {
  description = "Environment of infra/environments, for example \"production\": the tag Environment of its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be the name of a folder in infra/environments, for example \"production\"."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production, else a hyphen and the environment."
  type        = string

  validation {
    condition     = can(regex("^(-[a-z0-9-]+)?$", var.suffix))
    error_message = "suffix must be empty or begin with a hyphen, for example \"-staging\", as in the environment."
  }
}

variable "github_environment" {
  description = "GitHub environment whose jobs may apply, with required reviewers; not that of deployments."
  type        = string

  # GitHub replaces a colon in subjects; a pattern would let others in.
  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.github_environment))
    error_message = "github_environment must be the name of one GitHub environment, of letters, digits, dots, underscores and hyphens, for example \"production-infrastructure\"."
  }
}

variable "repository" {
  description = "GitHub repository whose jobs may assume the roles, as OWNER/NAME, spelled as GitHub spells it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be OWNER/NAME, for example rainbow-seeker/deploy-toolkit: a pattern would let others in."
  }
}

variable "repository_id" {
  description = "ID of the repository, as in module github-oidc; null: only the form of subjects with names is trusted."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[1-9][0-9]*$", var.repository_id))
    error_message = "repository_id must be a number: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "repository_owner_id" {
  description = "ID of the owner of the repository; required with repository_id."
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
  description = "Repository of terraform.yml, and the ref by which the jobs call it, in full: refs/tags/v1 or a commit. null: the repository itself, at the ref of the job."
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

variable "branch" {
  description = "Branch from which is applied, and which the drift check compares with."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "branch must be the name of one branch, for example main: a pattern would let others in."
  }
}

variable "provider_arn" {
  description = "ARN of the account's identity provider for GitHub, as module bootstrap outputs it."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token[.]actions[.]githubusercontent[.]com$", var.provider_arn))
    error_message = "provider_arn must be the ARN of GitHub's identity provider in IAM: aws iam list-open-id-connect-providers."
  }
}

variable "state_bucket" {
  description = "Bucket of the states, which npm run bootstrap has created."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket must be the name of the bucket, as npm run bootstrap prints it: rainbow-seeker-terraform-123456789012."
  }
}

variable "state_key" {
  description = "Key of the environment's state in the bucket: the key of its backend."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+[.]tfstate$", var.state_key))
    error_message = "state_key must be the key in the environment's versions.tf, for example rainbow-seeker/production.tfstate."
  }
}
