variable "name" {
  description = "Name of the service and of its task definition family."
  type        = string
}

variable "cluster_arn" {
  description = "Cluster ARN."
  type        = string
}

variable "cluster_name" {
  description = "Cluster name."
  type        = string
}

variable "image" {
  description = "Image of the first revision (see module task)."
  type        = string
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
}

variable "initial_count" {
  description = "Desired count that the first deployment sets."
  type        = number
}

variable "execution_role_arn" {
  description = "ARN of the execution role, with which ECS starts tasks."
  type        = string
}

variable "task_role_arn" {
  description = "ARN of the task role; null when the container calls no AWS API."
  type        = string
  default     = null
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
  })
}

variable "subnet_ids" {
  description = "Private subnets of the tasks."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the tasks."
  type        = string
}

variable "target_group_arn" {
  description = "ARN of the target group to register tasks in; null: no load balancer."
  type        = string
  default     = null
}

variable "service_connect" {
  description = "Service Connect namespace, and whether this service publishes its port in it; null: no Service Connect."
  type        = object({ namespace_arn = string, server = bool })
  default     = null
}

variable "autoscaling" {
  description = "Limits of the desired count and the target CPU percentage; null: no autoscaling."
  type        = object({ min = number, max = number, cpu_percent = number })
  default     = null
}

variable "log_retention_days" {
  description = "Retention of the log group in days."
  type        = number
}
