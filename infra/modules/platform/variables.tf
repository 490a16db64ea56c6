variable "environment" {
  description = "production, staging or local: part of each name but production's."
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
  description = "PostgreSQL: major version, size, standby, and who keeps the master password."
  type = object({
    engine_major            = optional(string, "17")
    instance_class          = string
    multi_az                = bool
    performance_insights    = optional(bool, true)
    password_managed_by_rds = optional(bool, true)
  })
}

variable "cache" {
  description = "Redis: node type, shards (more than one: cluster mode) and replicas of each."
  type = object({
    node_type          = string
    shards             = number
    replicas_per_shard = number
  })
}

variable "api" {
  description = "api: tasks that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number }))
  })
}

variable "ml" {
  description = "ml: tasks that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number }))
  })
}

variable "ml_load_balancer" {
  description = "null: api finds ml by Service Connect. Otherwise ml stands behind an internal load balancer that api reaches at this URL."
  type        = object({ url = string })
  default     = null
}

variable "certificate_arn" {
  description = "ACM certificate of the load balancer; null: HTTP only."
  type        = string
  default     = null
}

variable "encryption_in_transit" {
  description = "TLS to database, cache and buckets."
  type        = bool
  default     = true
}

variable "parameter_type" {
  description = "SecureString, or String (see module parameters)."
  type        = string
  default     = "SecureString"
}

variable "protected" {
  description = "Refuse to delete what holds data, and take a last snapshot."
  type        = bool
}

variable "bucket_suffix" {
  description = "Added to bucket names, which are global."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
}

variable "alert_emails" {
  description = "Addresses that alarms are mailed to."
  type        = set(string)
  default     = []
}

variable "github" {
  description = "Repository (OWNER/NAME) and branch whose jobs build and deploy; create_provider = false where the account has GitHub's identity provider already. null: no roles for GitHub."
  type = object({
    repository      = string
    branch          = optional(string, "main")
    create_provider = optional(bool, true)
  })
  default = null
}

variable "task_environment" {
  description = "Environment variables that tasks which call AWS need besides those that ECS gives: none on AWS; address and credentials of a local one."
  type        = map(string)
  default     = {}
}
