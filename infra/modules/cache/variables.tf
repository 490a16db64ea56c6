variable "name" {
  description = "Name of the cache and its subnet group, before the suffix."
  type        = string
  default     = "rainbow-seeker-redis"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name))
    error_message = "name must be lower-case letters, digits and single hyphens, like rainbow-seeker-redis."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(-?[a-z0-9])*$", var.suffix)) && length(var.name) + length(var.suffix) <= 40
    error_message = "suffix must be empty or like -staging, and at most 40 characters with the name: shorten one."
  }
}

variable "subnet_ids" {
  description = "Private subnets; in at least two zones if there are replicas."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must not be empty: pass private_subnet_ids of modules/network."
  }
}

variable "security_group_id" {
  description = "Security group of the nodes, which lets clients reach port 6379."
  type        = string

  validation {
    condition     = startswith(var.security_group_id, "sg-")
    error_message = "security_group_id must be sg-…: pass security_group_ids[\"redis\"] of modules/network."
  }
}

variable "engine" {
  description = "redis (7.1) or valkey (8.2), which costs a fifth less; redis can become valkey, not the reverse."
  type        = string
  default     = "redis"
  nullable    = false

  validation {
    condition     = contains(["redis", "valkey"], var.engine)
    error_message = "engine must be redis or valkey."
  }
}

variable "node_type" {
  description = "ElastiCache node type, for example cache.t3.micro."
  type        = string

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "node_type must be one of ElastiCache's, which begin with cache., like cache.t3.micro."
  }
}

variable "cluster_mode" {
  description = "disabled: one shard; enabled: the cluster protocol; compatible: both, on the way to enabled."
  type        = string

  validation {
    condition     = contains(["disabled", "compatible", "enabled"], var.cluster_mode)
    error_message = "cluster_mode must be disabled, compatible or enabled."
  }

  validation {
    condition     = var.shards == 1 || var.cluster_mode == "enabled"
    error_message = "cluster_mode must be enabled for several shards. By which steps: docs/cache.md."
  }

  validation {
    condition     = var.cluster_mode != "compatible" || var.replicas_per_shard > 0
    error_message = "cluster_mode compatible needs a replica: apply replicas_per_shard = 1 first (docs/cache.md)."
  }
}

variable "shards" {
  description = "Number of shards; more than one needs cluster_mode = \"enabled\"."
  type        = number
  default     = 1
  nullable    = false

  # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Shards.html
  validation {
    condition     = var.shards >= 1 && var.shards <= 500 && floor(var.shards) == var.shards
    error_message = "shards must be a whole number from 1 to 500; more than 90 nodes need a raised quota."
  }
}

variable "replicas_per_shard" {
  description = "Replicas of each shard, in other zones, one of which takes over if the primary fails."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = contains([0, 1, 2, 3, 4, 5], var.replicas_per_shard)
    error_message = "replicas_per_shard must be a whole number from 0 to 5."
  }
}

variable "encryption" {
  description = "TLS and encryption at rest, which cannot change later. Only the local AWS has neither."
  type        = bool
  default     = true
  nullable    = false
}

variable "snapshot_retention_days" {
  description = "Days that a daily snapshot is kept; 0: no snapshots."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains(range(36), var.snapshot_retention_days)
    error_message = "snapshot_retention_days must be a whole number from 0 (none) to 35."
  }
}

variable "apply_immediately" {
  description = "Whether changes are made at once, not in the maintenance window; cluster_mode needs it."
  type        = bool
  default     = false
  nullable    = false
}
