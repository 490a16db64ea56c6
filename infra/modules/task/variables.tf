variable "family" {
  description = "Task definition family; the log group is /ecs/<family>."
  type        = string
}

variable "image" {
  description = "Image of the first revision. Deployments replace it; until the first one it need not exist, since nothing runs."
  type        = string
}

variable "cpu" {
  description = "CPU units of the task (1024 = one vCPU)."
  type        = number
}

variable "memory" {
  description = "Memory of the task in MiB."
  type        = number
}

variable "execution_role_arn" {
  description = "Role with which ECS pulls the image, reads secrets and writes logs."
  type        = string
}

variable "task_role_arn" {
  description = "Role of the process in the container; null when it calls no AWS API."
  type        = string
  default     = null
}

variable "container" {
  description = "The container: its name, command (null: the image's), ports, environment, secrets (variable → ARN), health check command (null: none), and whether /tmp can be written to: a volume that goes with the task."
  type = object({
    name         = string
    command      = optional(list(string))
    ports        = optional(list(number), [])
    environment  = optional(map(string), {})
    secrets      = optional(map(string), {})
    health_check = optional(list(string))
    writable_tmp = optional(bool, false)
  })
}

variable "ephemeral_storage" {
  description = "GiB of the task's own disk, 21 to 200; null: Fargate's 20."
  type        = number
  default     = null
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
}
