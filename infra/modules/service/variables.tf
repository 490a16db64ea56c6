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
  description = "Number of tasks that the first deployment starts."
  type        = number
}

variable "execution_role_arn" {
  description = "Role with which ECS starts tasks."
  type        = string
}

variable "task_role_arn" {
  description = "Role of the process; null when it calls no AWS API."
  type        = string
  default     = null
}

variable "container" {
  description = "The container (see module task); its first port is the one that is served."
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
  description = "Target group to register in; null for a service without a load balancer."
  type        = string
  default     = null
}

variable "service_connect" {
  description = "Service Connect namespace, and whether this service publishes its port in it; null: not used."
  type        = object({ namespace_arn = string, server = bool })
  default     = null
}

variable "autoscaling" {
  description = "Bounds of the count and the CPU percentage to hold; null: the count is fixed."
  type        = object({ min = number, max = number, cpu_percent = number })
  default     = null
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
}
