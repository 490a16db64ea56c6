variable "family" {
  description = "Task definition family; the log group is /ecs/<family>."
  type        = string
}

variable "image" {
  description = "Image of the first revision. Deployments replace it. It need not exist, since nothing runs before the first deployment."
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
  description = "ARN of the execution role, with which ECS pulls the image, reads secrets and writes logs."
  type        = string
}

variable "task_role_arn" {
  description = "ARN of the task role; null when the container calls no AWS API."
  type        = string
  default     = null
}

variable "container" {
  description = "The container: name, command (null: the image's), ports, environment variables, secrets (variable → ARN), health check command (null: none), and whether /tmp is writable, as a volume that is deleted with the task."
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
  description = "Ephemeral storage in GiB, 21 to 200; null: Fargate's default of 20."
  type        = number
  default     = null
}

variable "log_retention_days" {
  description = "Retention of the log group in days."
  type        = number
}
