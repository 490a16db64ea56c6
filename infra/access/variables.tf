variable "aws_region" {
  description = "AWS region of the provider; IAM has none."
  type        = string
  default     = "ap-northeast-1"
}

variable "state_bucket" {
  description = "Bucket of the states, which npm run bootstrap has created."
  type        = string
}

variable "environments" {
  description = "Environments of this account that are changed from GitHub: production, staging, or both."
  type        = set(string)
  default     = ["production", "staging"]

  validation {
    condition     = length(setsubtract(var.environments, ["production", "staging"])) == 0
    error_message = "environments may have production and staging, which are the folders in infra/environments."
  }
}

variable "github" {
  description = "GitHub repository whose jobs plan and apply, as in infra/environments: { repository = \"rainbow-seeker/deploy-toolkit\", repository_id = 123, repository_owner_id = 45 }."
  type = object({
    repository          = string
    repository_id       = optional(string)
    repository_owner_id = optional(string)
    branch              = optional(string, "main")
    workflows           = optional(object({ repository = string, ref = string }))
  })
}
