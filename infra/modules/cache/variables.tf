variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the nodes."
  type        = string
}

variable "node_type" {
  description = "ElastiCache node type."
  type        = string
}

variable "shards" {
  description = "Number of shards; more than one means cluster mode."
  type        = number

  validation {
    condition     = var.shards >= 1
    error_message = "shards must be 1 or more."
  }
}

variable "replicas_per_shard" {
  description = "Replicas of each shard; with one or more, failover is automatic and spans zones."
  type        = number
}

variable "encryption" {
  description = "TLS between client and nodes, and encryption at rest."
  type        = bool
}
