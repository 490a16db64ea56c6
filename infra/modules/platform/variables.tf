variable "name" {
  description = "First part of each name, and of the path of the parameters, for example \"rainbow-seeker\"."
  type        = string
  default     = "rainbow-seeker"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name is the first part of each name: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter, for example \"rainbow-seeker\"."
  }
}

variable "environment" {
  description = "production, staging or local. It is a suffix of each name, except in production."
  type        = string

  validation {
    condition     = contains(["production", "staging", "local"], var.environment)
    error_message = "environment must be production, staging or local: names, parameters and tags depend on it. For another one, add it to this list and a folder beside the others."
  }
}

variable "database" {
  description = "PostgreSQL: database name, major version and whether it may be upgraded now, instance class, standby, login of IAM roles, Database Insights, Enhanced Monitoring in seconds, and whether RDS manages the master password (see module database)."
  type = object({
    name                        = optional(string, "shiojiri_rainbow")
    engine_major                = optional(string, "17")
    allow_major_version_upgrade = optional(bool, false)
    instance_class              = string
    multi_az                    = bool
    iam_authentication          = optional(bool, false)
    insights                    = optional(string, "standard")
    monitoring_interval         = optional(number, 0)
    password_managed_by_rds     = optional(bool, true)
  })
}

variable "cache" {
  description = "The cache: its inputs of the same names are described in module cache."
  type = object({
    engine                  = optional(string, "redis")
    node_type               = string
    cluster_mode            = string
    shards                  = optional(number, 1)
    replicas_per_shard      = optional(number, 0)
    snapshot_retention_days = optional(number, 0)
    apply_immediately       = optional(bool, false)
  })
}

variable "api" {
  description = "Tasks of api that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number, requests_per_minute = optional(number) }))
  })

  validation {
    condition     = var.api.count >= 1 && floor(var.api.count) == var.api.count
    error_message = "api.count is ${var.api.count}; the first deployment must start a whole number of tasks, 1 or more. To stop a service later, use service-control."
  }

  validation {
    condition     = var.api.autoscaling == null || try(var.api.autoscaling.min >= 1 && var.api.autoscaling.min <= var.api.autoscaling.max, false)
    error_message = "api.autoscaling.min must be 1 or more, and no more than api.autoscaling.max. Exchange them if they are the wrong way round."
  }

  validation {
    condition     = var.api.autoscaling == null || try(var.api.count >= var.api.autoscaling.min && var.api.count <= var.api.autoscaling.max, false)
    error_message = "api.count is ${var.api.count}, outside of api.autoscaling.min to max: autoscaling would undo the first deployment's count. Change one of the three."
  }

  # Above 90 % there is no room left in which a task would be added; below 10 % almost any load adds one.
  validation {
    condition     = var.api.autoscaling == null || try(var.api.autoscaling.cpu_percent >= 10 && var.api.autoscaling.cpu_percent <= 90, false)
    error_message = "api.autoscaling.cpu_percent must be a percentage from 10 to 90: the CPU use at which tasks are added. 60 is a good start."
  }

  validation {
    condition     = try(var.api.autoscaling.requests_per_minute, null) == null ? true : var.api.autoscaling.requests_per_minute > 0
    error_message = "api.autoscaling.requests_per_minute must be greater than 0: the requests per minute and task at which tasks are added."
  }
}

variable "ml" {
  description = "Tasks of ml that the first deployment starts, and autoscaling (null: none)."
  type = object({
    count       = number
    autoscaling = optional(object({ min = number, max = number, cpu_percent = number }))
  })

  validation {
    condition     = var.ml.count >= 1 && floor(var.ml.count) == var.ml.count
    error_message = "ml.count is ${var.ml.count}; the first deployment must start a whole number of tasks, 1 or more. To stop a service later, use service-control."
  }

  validation {
    condition     = var.ml.autoscaling == null || try(var.ml.autoscaling.min >= 1 && var.ml.autoscaling.min <= var.ml.autoscaling.max, false)
    error_message = "ml.autoscaling.min must be 1 or more, and no more than ml.autoscaling.max. Exchange them if they are the wrong way round."
  }

  validation {
    condition     = var.ml.autoscaling == null || try(var.ml.count >= var.ml.autoscaling.min && var.ml.count <= var.ml.autoscaling.max, false)
    error_message = "ml.count is ${var.ml.count}, outside of ml.autoscaling.min to max: autoscaling would undo the first deployment's count. Change one of the three."
  }

  # Above 90 % there is no room left in which a task would be added; below 10 % almost any load adds one.
  validation {
    condition     = var.ml.autoscaling == null || try(var.ml.autoscaling.cpu_percent >= 10 && var.ml.autoscaling.cpu_percent <= 90, false)
    error_message = "ml.autoscaling.cpu_percent must be a percentage from 10 to 90: the CPU use at which tasks are added. 60 is a good start."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64: the processors of api, ml and the migrations, for which their images have to be built."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64, as AWS spells them."
  }
}

variable "execute_command" {
  description = "Whether a shell can be opened in the containers of api and ml (ECS Exec); their root file system is then writable."
  type        = bool
  default     = false
  nullable    = false
}

variable "api_execution_role_arn" {
  description = "ARN of an existing execution role for api, which is used as it is; null: ecsTaskExecutionRole is created, with the suffix of the environment."
  type        = string
  default     = null

  validation {
    condition     = var.api_execution_role_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", var.api_execution_role_arn))
    error_message = "api_execution_role_arn must be the ARN of the existing role: aws iam get-role --role-name ecsTaskExecutionRole --query Role.Arn"
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of all roles, for accounts that require one; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, for example arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "pull_repository_arns" {
  description = "ARNs of ECR repositories that images are pulled from besides this environment's: those of production in staging, which tries its images out, or of an account that builds for all. Repository policies of another account have to allow it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.pull_repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/.+$", arn))])
    error_message = "pull_repository_arns must be ARNs of ECR repositories, for example arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api."
  }
}

variable "ml_load_balancer" {
  description = "null: api reaches ml through Service Connect. Otherwise ml is behind an internal load balancer that api reaches at this URL."
  type        = object({ url = string })
  default     = null

  validation {
    condition     = var.ml_load_balancer == null || can(regex("^https?://[^/\\s]+(/[^\\s]*)?[^/\\s]$", var.ml_load_balancer.url))
    error_message = "ml_load_balancer.url must be a URL without a slash at its end, for example \"http://ml.example.internal\"; api appends /v1 to it."
  }
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate of the load balancer; null: plain HTTP only."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:${local.region}:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate in ${local.region}: a load balancer cannot use one of another region. Request it there: docs/deploy-to-aws.md, section 2."
  }
}

variable "encryption_in_transit" {
  description = "Whether connections to database, cache and buckets use TLS."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.encryption_in_transit || var.environment == "local"
    error_message = "encryption_in_transit = false is for the local AWS only, which has no TLS for database and cache. Remove the line."
  }
}

variable "parameter_type" {
  description = "Type of the parameters: SecureString, or String where tasks would get the encrypted value (the local AWS)."
  type        = string
  default     = "SecureString"
  nullable    = false

  validation {
    condition     = contains(["SecureString", "String"], var.parameter_type)
    error_message = "parameter_type must be SecureString or String."
  }

  validation {
    condition     = var.parameter_type != "String" || var.environment == "local"
    error_message = "parameter_type = \"String\" stores secrets unencrypted and is for the local AWS only. Remove the line."
  }
}

variable "protected" {
  description = "Whether to refuse the deletion of resources that hold data, and to take a final snapshot of the database."
  type        = bool
}

variable "bucket_suffix" {
  description = "Appended to bucket names, which are globally unique."
  type        = string
  default     = ""
  nullable    = false

  # The longest name without it is rainbow-seeker-access-logs-staging; a name has 63 characters at most. A dot would
  # break TLS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = var.bucket_suffix == "" || can(regex("^[a-z0-9-]{0,27}[a-z0-9]$", var.bucket_suffix))
    error_message = "bucket_suffix must be at most 28 lower-case letters, digits and hyphens, and must not end in a hyphen, for example \"-yourcompany\"."
  }
}

variable "log_retention_days" {
  description = "Retention of the log groups in days."
  type        = number

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, which CloudWatch Logs does not offer. Use 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "alert_emails" {
  description = "E-mail addresses that alarms are sent to."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+$", address))])
    error_message = "alert_emails has an entry that is not an e-mail address. Write each as name@example.com, without a display name."
  }
}

variable "slack" {
  description = "Slack channel that alarms are sent to as well: ids of its workspace and of the channel. null: none."
  type        = object({ team_id = string, channel_id = string })
  default     = null
}

variable "github" {
  description = "GitHub repository (OWNER/NAME) whose jobs build, deploy, back up, prune and run the emergency procedure, with its IDs and branch; workflows, where the reusable workflows are another repository's; any_branch = true lets every branch build and deploy; provider_arn, where GitHub's identity provider is not looked up. null: no roles for GitHub."
  type = object({
    repository          = string
    repository_id       = optional(string)
    repository_owner_id = optional(string)
    branch              = optional(string, "main")
    any_branch          = optional(bool, false)
    workflows           = optional(object({ repository = string, ref = string }))
    provider_arn        = optional(string)
  })
  default = null

  validation {
    condition     = var.environment != "production" || !try(var.github.any_branch, false)
    error_message = "github.any_branch must be false in production: anybody who can push a branch could deploy."
  }
}

variable "weather" {
  description = "Whose weather api uses: none, jma, open-meteo, openweather or weatherapi (docs/weather.md); places whose weather it stores, as \"LATITUDE,LONGITUDE\" (none: Shiojiri); and the permit of the Japan Meteorological Agency that it publishes forecasts with (null: it says nothing of the future)."
  type = object({
    provider        = optional(string, "none")
    places          = optional(list(string), [])
    forecast_permit = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["none", "jma", "open-meteo", "openweather", "weatherapi"], var.weather.provider)
    error_message = "weather.provider must be none, jma, open-meteo, openweather or weatherapi: docs/weather.md compares them."
  }

  # As api checks it at start, when the deployment would fail.
  validation {
    condition     = length(var.weather.places) <= 20 && alltrue([for place in var.weather.places : can(regex("^-?[0-9]+(\\.[0-9]+)?,-?[0-9]+(\\.[0-9]+)?$", place)) && try(abs(split(",", place)[0]) <= 90 && abs(split(",", place)[1]) <= 180, false)])
    error_message = "weather.places must be 20 places or fewer, each \"LATITUDE,LONGITUDE\" in degrees, for example \"36.11,137.95\"."
  }

  validation {
    condition     = var.weather.forecast_permit == null ? true : trimspace(var.weather.forecast_permit) != "" && length(var.weather.forecast_permit) <= 200
    error_message = "weather.forecast_permit must be the number or name of the permit, as api shows it, in 200 characters or fewer. Without one, leave it out."
  }
}

variable "task_environment" {
  description = "Environment variables for tasks that call AWS, in addition to those that ECS sets: none on AWS; endpoint and credentials of the local AWS."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.task_environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "task_environment has a name that is no environment variable's. Use letters, digits and underscores, for example AWS_ENDPOINT_URL."
  }
}
