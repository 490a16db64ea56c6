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
  description = "Appended to each name: empty in production, else a dash and the environment."
  type        = string

  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.suffix))
    error_message = "suffix is \"${var.suffix}\": it must be empty, or a dash with lower-case letters and digits, such as \"-staging\". Names of alarms, topic and key end with it. Change it where the module is called."
  }
}

variable "environment" {
  description = "Name of the environment: dimension of the services' own metrics, and title of the dashboard."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.environment))
    error_message = "environment is \"${var.environment}\": it must consist of lower-case letters, digits and dashes, such as \"production\", because the services publish their metrics with it. Change it where the module is called."
  }
}

variable "metric_namespace" {
  description = "CloudWatch namespace in which services and backups publish their own metrics."
  type        = string

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
  validation {
    condition     = can(regex("^[^:].{0,254}$", var.metric_namespace)) && !startswith(var.metric_namespace, "AWS/")
    error_message = "metric_namespace is \"${var.metric_namespace}\": it must have 1 to 255 characters and begin with neither a colon nor AWS/, which is reserved. Give the namespace that the tasks get as METRICS_NAMESPACE."
  }
}

variable "cluster_name" {
  description = "Name of the ECS cluster, which must have Container Insights."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "cluster_name is \"${var.cluster_name}\": metrics have the name of the cluster, not its ARN. Give the output name of the module cluster."
  }
}

variable "api_service_name" {
  description = "Name of the ECS service of api."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.api_service_name))
    error_message = "api_service_name is \"${var.api_service_name}\": metrics have the name of the service, not its ARN. Give the output name of the module service."
  }
}

variable "ml_service_name" {
  description = "Name of the ECS service of ml."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.ml_service_name))
    error_message = "ml_service_name is \"${var.ml_service_name}\": metrics have the name of the service, not its ARN. Give the output name of the module service."
  }
}

variable "load_balancer_arn_suffix" {
  description = "LoadBalancer dimension of the CloudWatch metrics of the public load balancer."
  type        = string

  validation {
    condition     = startswith(var.load_balancer_arn_suffix, "app/")
    error_message = "load_balancer_arn_suffix is \"${var.load_balancer_arn_suffix}\": metrics have the part of the ARN after \"loadbalancer/\", which begins with app/. Give the output arn_suffix of the module load-balancer."
  }
}

variable "target_group_arn_suffixes" {
  description = "TargetGroup dimensions of the CloudWatch metrics of api's target groups: one, or both of a blue/green deployment."
  type        = list(string)

  validation {
    condition     = length(var.target_group_arn_suffixes) >= 1 && length(var.target_group_arn_suffixes) <= 2 && alltrue([for suffix in var.target_group_arn_suffixes : startswith(suffix, "targetgroup/")])
    error_message = "target_group_arn_suffixes is ${jsonencode(var.target_group_arn_suffixes)}: it must be one or two of what follows the last colon of a target group's ARN, which begins with targetgroup/. Give the output target_group_arn_suffix of the module load-balancer."
  }
}

variable "database" {
  description = "RDS instance: its identifier, the name of the database in it, and the storage in GiB that it begins with: the alarm db-storage is at 5% of that."
  type        = object({ identifier = string, name = string, allocated_storage = number })

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}$", var.database.identifier))
    error_message = "database.identifier is \"${var.database.identifier}\": metrics have the identifier of the instance, not its ARN or host name. Give the output identifier of the module database."
  }

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]{0,62}$", var.database.name))
    error_message = "database.name is \"${var.database.name}\": it must be the name of a PostgreSQL database, because metrics of backups have it. Give the output name of the module database."
  }

  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
  validation {
    condition     = var.database.allocated_storage >= 20 && var.database.allocated_storage <= 65536
    error_message = "database.allocated_storage is ${var.database.allocated_storage}: a gp3 volume has 20 to 65536 GiB. Give the allocated_storage of the module database."
  }
}

variable "cache" {
  description = "ElastiCache replication group: its id, whether cluster mode is on, its shards and the replicas of each. With them go the names of its nodes, whose metrics CloudWatch has."
  type = object({
    replication_group_id = string
    cluster_mode         = bool
    shards               = number
    replicas_per_shard   = number
  })

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.cache.replication_group_id))
    error_message = "cache.replication_group_id is \"${var.cache.replication_group_id}\": it must be the id of the replication group, with at most 40 lower-case letters, digits and dashes. Give the output replication_group_id of the module cache."
  }

  validation {
    condition     = var.cache.shards == 1 || var.cache.cluster_mode
    error_message = "cache.shards is ${var.cache.shards} without cluster mode, which has exactly one. Set cache.cluster_mode to true, or cache.shards to 1."
  }

  # An alarm can watch at most 10 metrics.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
  validation {
    condition     = var.cache.shards >= 1 && var.cache.replicas_per_shard >= 0 && var.cache.replicas_per_shard <= 5 && var.cache.shards * (1 + var.cache.replicas_per_shard) <= 10
    error_message = "cache has ${var.cache.shards} shards with ${var.cache.replicas_per_shard} replicas each: an alarm can watch at most 10 nodes, and a shard can have 0 to 5 replicas. Use larger nodes, or add alarms of your own for the others."
  }
}

variable "latency_seconds" {
  description = "Seconds in which 19 of 20 requests must be answered: threshold of the alarm latency."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.latency_seconds > 0 && var.latency_seconds < 60
    error_message = "latency_seconds is ${var.latency_seconds}: it must be more than 0 and less than 60, after which the load balancer gives up and answers 504."
  }
}

variable "audit_retention_days" {
  description = "Days for which records of the audit trail are kept: longer than other logs, because questions about a change come late."
  type        = number
  default     = 365
  nullable    = false

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.audit_retention_days)
    error_message = "audit_retention_days is ${var.audit_retention_days}: it must be a year or more, and CloudWatch Logs offers 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653. Choose the next one."
  }
}

variable "keep_audit_trail" {
  description = "Whether the log group of the audit trail stays in the account when Terraform destroys everything else."
  type        = bool
  default     = true
  nullable    = false
}

variable "alert_emails" {
  description = "E-mail addresses that alarms are sent to, once each has confirmed its subscription."
  type        = set(string)

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails has ${jsonencode(var.alert_emails)}, where one is no e-mail address such as night-shift@example.com. SNS would send alarms to nobody. Correct it in terraform.tfvars."
  }
}

variable "slack" {
  description = "Slack channel that alarms are sent to as well: the ids of its workspace, which is authorized once in the console (https://console.aws.amazon.com/chatbot), and of the channel. null: none."
  type        = object({ team_id = string, channel_id = string })
  default     = null

  # https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
  validation {
    condition     = var.slack == null || can(regex("^[0-9A-Z]{1,255}$", var.slack.team_id))
    error_message = "slack.team_id must be the id of a Slack workspace, such as T07EA123LEP, not its name. It is in the address of Slack in a browser, after /client/."
  }

  validation {
    condition     = var.slack == null || can(regex("^[A-Za-z0-9]{1,255}$", var.slack.channel_id))
    error_message = "slack.channel_id must be the id of a Slack channel, such as C07EZ1ABC23, not its name. It is at the end of the link to the channel."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the Slack channel's role; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/boundary. Use null for no boundary."
  }
}
