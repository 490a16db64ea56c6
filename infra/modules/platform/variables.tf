variable "environment" {
  description = "production, staging or local. It is a suffix of each name, except in production."
  type        = string

  validation {
    condition     = contains(["production", "staging", "local"], var.environment)
    error_message = "environment must be production, staging or local."
  }
}

variable "network" {
  description = "Address range, zones with their subnets, NAT gateways and VPN gateway."
  type = object({
    cidr         = string
    zones        = map(object({ public = string, private = string }))
    nat_per_zone = bool
    vpn_gateway  = bool
  })
}

variable "database" {
  description = "PostgreSQL: major version, instance class, standby, Performance Insights, and whether RDS manages the master password."
  type = object({
    engine_major            = optional(string, "17")
    instance_class          = string
    multi_az                = bool
    performance_insights    = optional(bool, true)
    password_managed_by_rds = optional(bool, true)
  })
}

variable "cache" {
  description = "Redis: node type, number of shards (more than one: cluster mode) and replicas of each shard."
  type = object({
    node_type          = string
    shards             = number
    replicas_per_shard = number
  })
}

variable "api" {
  description = "Tasks of api that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number }))
  })
}

variable "ml" {
  description = "Tasks of ml that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number }))
  })
}

variable "ml_load_balancer" {
  description = "null: api reaches ml through Service Connect. Otherwise ml is behind an internal load balancer that api reaches at this URL."
  type        = object({ url = string })
  default     = null
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate of the load balancer; null: plain HTTP only."
  type        = string
  default     = null
}

variable "encryption_in_transit" {
  description = "Whether connections to database, cache and buckets use TLS."
  type        = bool
  default     = true
}

variable "parameter_type" {
  description = "Type of the parameters: SecureString, or String where tasks would get the encrypted value (the local AWS)."
  type        = string
  default     = "SecureString"
}

variable "protected" {
  description = "Whether to refuse the deletion of resources that hold data, and to take a final snapshot of the database."
  type        = bool
}

variable "bucket_suffix" {
  description = "Appended to bucket names, which are globally unique."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "Retention of the log groups in days."
  type        = number
}

variable "alert_emails" {
  description = "E-mail addresses that alarms are sent to."
  type        = set(string)
  default     = []
}

variable "github" {
  description = "GitHub repository (OWNER/NAME) whose jobs build, deploy, back up and prune, with its IDs and branch; workflows, where the reusable workflows are another repository's; any_branch = true lets every branch build and deploy; create_provider = false where the account already has GitHub's identity provider. null: no roles for GitHub."
  type = object({
    repository          = string
    repository_id       = optional(string)
    repository_owner_id = optional(string)
    branch              = optional(string, "main")
    any_branch          = optional(bool, false)
    workflows           = optional(object({ repository = string, ref = string }))
    create_provider     = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.environment != "production" || !try(var.github.any_branch, false)
    error_message = "github.any_branch must be false in production: anybody who can push a branch could deploy."
  }
}

variable "task_environment" {
  description = "Environment variables for tasks that call AWS, in addition to those that ECS sets: none on AWS; endpoint and credentials of the local AWS."
  type        = map(string)
  default     = {}
}
