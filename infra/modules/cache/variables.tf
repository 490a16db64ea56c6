variable "name" {
  description = "Name of the cache and its subnet group, before the suffix."
  type        = string
  default     = "rainbow-seeker-redis"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name))
    error_message = "name must begin with a lower-case letter and contain only lower-case letters, digits and single hyphens, for example rainbow-seeker-redis."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(-?[a-z0-9])*$", var.suffix)) && length(var.name) + length(var.suffix) <= 40
    error_message = "suffix must be empty or like -staging, and name and suffix together 40 characters at most, which is ElastiCache's limit: shorten one of them."
  }
}

variable "subnet_ids" {
  description = "Private subnets; in at least two zones if there are replicas."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must have at least one subnet: pass private_subnet_ids of modules/network."
  }
}

variable "security_group_id" {
  description = "Security group of the nodes, which lets clients reach port 6379."
  type        = string

  validation {
    condition     = startswith(var.security_group_id, "sg-")
    error_message = "security_group_id must be the ID of a security group, sg-…: pass security_group_ids[\"redis\"] of modules/network."
  }
}

variable "engine" {
  description = "redis (Redis OSS 7.1) or valkey (Valkey 8.2), which costs a fifth less per node. An existing cache can change from redis to valkey in place, not back."
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
    error_message = "node_type must be a node type of ElastiCache, which begin with cache., for example cache.t3.micro; those of EC2 (t3.micro) and RDS (db.t3.micro) are others."
  }
}

variable "cluster_mode" {
  description = "disabled: one shard, for clients without the cluster protocol. enabled: clients use the configuration endpoint. compatible: both, only on the way from disabled to enabled."
  type        = string

  validation {
    condition     = contains(["disabled", "compatible", "enabled"], var.cluster_mode)
    error_message = "cluster_mode must be disabled, compatible or enabled."
  }

  validation {
    condition     = var.shards == 1 || var.cluster_mode == "enabled"
    error_message = "cluster_mode is \"${var.cluster_mode}\", but ${var.shards} shards need \"enabled\". An existing cache gets there by way of \"compatible\": docs/cache.md has the steps."
  }

  validation {
    condition     = var.cluster_mode != "compatible" || var.replicas_per_shard > 0
    error_message = "cluster_mode = \"compatible\" needs a node to fail over to: set replicas_per_shard to 1 or more, and apply that first (docs/cache.md)."
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
    error_message = "shards must be a whole number from 1 to 500, which is ElastiCache's limit of nodes of a cluster (90 without a raised quota)."
  }
}

variable "replicas_per_shard" {
  description = "Replicas of each shard; with one or more, they are in other zones, and one takes over if the primary fails."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.replicas_per_shard >= 0 && var.replicas_per_shard <= 5 && floor(var.replicas_per_shard) == var.replicas_per_shard
    error_message = "replicas_per_shard must be a whole number from 0 to 5, which is ElastiCache's limit."
  }
}

variable "encryption" {
  description = "TLS between client and nodes, and encryption at rest. Only the local AWS has neither. Encryption at rest cannot change later."
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
    condition     = var.snapshot_retention_days >= 0 && var.snapshot_retention_days <= 35 && floor(var.snapshot_retention_days) == var.snapshot_retention_days
    error_message = "snapshot_retention_days must be a whole number from 0 (none) to 35, which is ElastiCache's limit."
  }
}

variable "apply_immediately" {
  description = "true: changes are made by the apply itself; false: in the next maintenance window, until when plans show them again. A change of cluster_mode needs true."
  type        = bool
  default     = false
  nullable    = false
}
