variable "name" {
  description = "Name of the service and of its task definition family."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "name must be 1 to 255 letters, digits, hyphens and underscores, for example rainbow-seeker-api."
  }
}

variable "cluster_arn" {
  description = "Cluster ARN."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$", var.cluster_arn))
    error_message = "cluster_arn must be the ARN of an ECS cluster, for example arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster."
  }
}

variable "cluster_name" {
  description = "Cluster name, where it must be known before the cluster exists; null: the one in cluster_arn."
  type        = string
  default     = null

  validation {
    condition     = var.cluster_name == null || can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "cluster_name must be 1 to 255 letters, digits, hyphens and underscores, for example rainbow-seeker-cluster."
  }
}

variable "image" {
  description = "Image of the first revision (see module task)."
  type        = string
}

variable "cpu" {
  description = "CPU units of a task (see module task)."
  type        = number
  default     = 512
  nullable    = false
}

variable "memory" {
  description = "Memory of a task in MiB (see module task)."
  type        = number
  default     = 1024
  nullable    = false
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64 (see module task)."
  type        = string
  default     = "X86_64"
  nullable    = false
}

variable "initial_count" {
  description = "Desired count that the first deployment sets."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.initial_count >= 0 && floor(var.initial_count) == var.initial_count
    error_message = "initial_count must be a whole number, 0 or more: the tasks that the first deployment starts."
  }

  validation {
    condition     = var.autoscaling == null ? true : var.initial_count >= var.autoscaling.min && var.initial_count <= var.autoscaling.max
    error_message = "initial_count must lie between autoscaling.min and autoscaling.max: autoscaling would move it there at once."
  }
}

variable "container" {
  description = "The container (see module task); the service listens on its first port."
  type = object({
    name         = string
    command      = optional(list(string))
    ports        = list(number)
    environment  = optional(map(string), {})
    secrets      = optional(map(string), {})
    health_check = optional(list(string))
    writable_tmp = optional(bool, false)
    user         = optional(string, "1001")
    stop_timeout = optional(number, 30)
  })

  validation {
    condition     = length(var.container.ports) > 0
    error_message = "container.ports must have at least one port, on which the service listens. For a task without one, use module task."
  }
}

variable "execution_role" {
  description = "The role with which ECS starts tasks: created by default, or an existing one (see module task)."
  type        = object({ create = optional(bool, true), name = optional(string), arn = optional(string) })
  default     = {}
  nullable    = false
}

variable "task_role" {
  description = "The role of the processes in the container: none by default, created, or an existing one (see module task)."
  type = object({
    create   = optional(bool, false)
    name     = optional(string)
    arn      = optional(string)
    policies = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "execute_command" {
  description = "Whether a shell can be opened in the containers (ECS Exec; see module task for what it needs)."
  type        = bool
  default     = false
  nullable    = false
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories that the image is pulled from (see module task)."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "secrets_kms_key_arns" {
  description = "ARNs of the KMS keys of your own that the secrets are encrypted with (see module task)."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles that are created; null: none."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Private subnets of the tasks."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0 && alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-zA-Z]+$", id))])
    error_message = "subnet_ids must name at least one subnet by its ID, for example subnet-0123456789abcdef0."
  }
}

variable "security_group_id" {
  description = "Security group of the tasks."
  type        = string

  validation {
    condition     = can(regex("^sg-[0-9a-zA-Z]+$", var.security_group_id))
    error_message = "security_group_id must be the ID of a security group, for example sg-0123456789abcdef0."
  }
}

variable "load_balancer" {
  description = "Target group that tasks are registered in, and the ARN suffix of its load balancer (app/NAME/ID), which autoscaling on requests needs; null: no load balancer."
  type        = object({ target_group_arn = string, arn_suffix = optional(string) })
  default     = null

  validation {
    condition     = var.load_balancer == null ? true : can(regex("^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^/]+/[0-9a-z]+$", var.load_balancer.target_group_arn))
    error_message = "load_balancer.target_group_arn must be the ARN of a target group: arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID."
  }
}

variable "health_check_grace_seconds" {
  description = "Seconds after the start of a task during which the load balancer's health checks do not stop it."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.health_check_grace_seconds >= 0 && var.health_check_grace_seconds <= 2147483647 && floor(var.health_check_grace_seconds) == var.health_check_grace_seconds
    error_message = "health_check_grace_seconds must be a whole number of seconds, 0 or more."
  }
}

variable "service_connect" {
  description = "Service Connect namespace, and whether this service publishes its port in it; null: no Service Connect."
  type        = object({ namespace_arn = string, server = bool })
  default     = null
}

variable "deployment" {
  description = "How ECS replaces tasks: strategy, the percentages of the desired count that stay healthy and that may run during a deployment, and the names of CloudWatch alarms that stop it and roll it back."
  type = object({
    strategy                = optional(string, "rolling")
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
    alarms                  = optional(set(string), [])
  })
  default  = {}
  nullable = false

  # aws_ecs_service has a block deployment_configuration from version 6.4 of the provider (linear and canary: 6.21);
  # these modules also take 5.100, which has none.
  validation {
    condition     = var.deployment.strategy == "rolling"
    error_message = "deployment.strategy must be rolling. ECS itself also knows blue_green, linear and canary, which these modules cannot declare with version 5.100 of the AWS provider: docs/decisions/0011-what-a-service-is-made-of.md explains it."
  }

  validation {
    condition     = var.deployment.minimum_healthy_percent >= 0 && var.deployment.minimum_healthy_percent <= 100 && floor(var.deployment.minimum_healthy_percent) == var.deployment.minimum_healthy_percent
    error_message = "deployment.minimum_healthy_percent must be a whole number from 0 to 100; below 100, tasks are stopped before others have replaced them."
  }

  validation {
    condition     = var.deployment.maximum_percent >= 100 && var.deployment.maximum_percent <= 200 && floor(var.deployment.maximum_percent) == var.deployment.maximum_percent
    error_message = "deployment.maximum_percent must be a whole number from 100 to 200."
  }

  validation {
    condition     = var.deployment.maximum_percent > var.deployment.minimum_healthy_percent
    error_message = "deployment.maximum_percent must be greater than minimum_healthy_percent: otherwise ECS can neither start a task nor stop one, and no deployment ever ends."
  }
}

variable "autoscaling" {
  description = "Limits of the desired count, the average CPU utilization in percent and, behind a load balancer, the requests per minute and task that are aimed at; null: no autoscaling."
  type = object({
    min                 = number
    max                 = number
    cpu_percent         = number
    requests_per_minute = optional(number)
  })
  default = null

  # Nothing would ever scale out from 0: without a task there is no metric.
  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.min >= 1 && floor(var.autoscaling.min) == var.autoscaling.min && floor(var.autoscaling.max) == var.autoscaling.max
    error_message = "autoscaling.min and max must be whole numbers, 1 or more: a service without tasks has no CPU utilization by which it could be scaled out."
  }

  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.min <= var.autoscaling.max
    error_message = "autoscaling.min must not be greater than autoscaling.max."
  }

  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.cpu_percent > 0 && var.autoscaling.cpu_percent <= 100
    error_message = "autoscaling.cpu_percent must be a percentage above 0, at most 100, for example 60."
  }

  validation {
    condition     = try(var.autoscaling.requests_per_minute, null) == null ? true : var.autoscaling.requests_per_minute > 0
    error_message = "autoscaling.requests_per_minute must be greater than 0, for example 1000."
  }

  validation {
    condition     = try(var.autoscaling.requests_per_minute, null) == null || try(var.load_balancer.arn_suffix, null) != null
    error_message = "autoscaling.requests_per_minute counts the requests of a load balancer: set load_balancer with its arn_suffix, or leave requests_per_minute out."
  }
}

variable "log_retention_days" {
  description = "Retention of the log group in days (see module task)."
  type        = number
  default     = 90
  nullable    = false
}
