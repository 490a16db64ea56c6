# The sizes that Fargate offers: memory in MiB by CPU units.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size

locals {
  memory_by_cpu = {
    "256"   = [512, 1024, 2048]
    "512"   = [for gib in range(1, 5) : gib * 1024]
    "1024"  = [for gib in range(2, 9) : gib * 1024]
    "2048"  = [for gib in range(4, 17) : gib * 1024]
    "4096"  = [for gib in range(8, 31) : gib * 1024]
    "8192"  = [for gib in range(16, 61, 4) : gib * 1024]
    "16384" = [for gib in range(32, 121, 8) : gib * 1024]
  }
}

variable "cpu" {
  description = "CPU units of the task: 256, 512, 1024, 2048, 4096, 8192 or 16384 (1024 = one vCPU)."
  type        = number

  validation {
    condition     = contains(keys(local.memory_by_cpu), tostring(var.cpu))
    error_message = "cpu must be a size of Fargate: 256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units (1024 = one vCPU)."
  }
}

variable "memory" {
  description = "Memory of the task in MiB; Fargate offers a range for each cpu."
  type        = number

  validation {
    condition     = try(contains(local.memory_by_cpu[tostring(var.cpu)], var.memory), true)
    error_message = "memory ${var.memory} is no size of Fargate for cpu ${var.cpu}: set memory to one of ${try(join(", ", local.memory_by_cpu[tostring(var.cpu)]), "the values of that cpu")} (MiB), or choose another cpu."
  }
}

variable "ephemeral_storage" {
  description = "Ephemeral storage in GiB, 21 to 200; null: Fargate's default of 20."
  type        = number
  default     = null

  validation {
    condition     = var.ephemeral_storage == null ? true : var.ephemeral_storage >= 21 && var.ephemeral_storage <= 200 && floor(var.ephemeral_storage) == var.ephemeral_storage
    error_message = "ephemeral_storage must be a whole number of GiB from 21 to 200, or null for Fargate's default of 20."
  }
}
