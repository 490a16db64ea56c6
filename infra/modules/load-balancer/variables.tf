variable "name" {
  description = "Name of the load balancer."
  type        = string
}

variable "internal" {
  description = "Whether the load balancer is reachable only from inside the VPC."
  type        = bool
  default     = false
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the load balancer in at least two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the load balancer."
  type        = string
}

variable "target" {
  description = "Target group: its name, the port of the tasks, and the path of its health check."
  type        = object({ name = string, port = number, health_check_path = string })
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate. With it HTTP redirects to HTTPS; null: plain HTTP only."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether to refuse the deletion of the load balancer."
  type        = bool
}
