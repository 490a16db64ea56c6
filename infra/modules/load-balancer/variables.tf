variable "name" {
  description = "Name of the load balancer."
  type        = string
}

variable "internal" {
  description = "true: reachable from inside the VPC only."
  type        = bool
  default     = false
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the load balancer, two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the load balancer."
  type        = string
}

variable "target" {
  description = "Target group: name, port of the tasks, and the path that its health check asks for."
  type        = object({ name = string, port = number, health_check_path = string })
}

variable "certificate_arn" {
  description = "ACM certificate. With it HTTP redirects to HTTPS; without it HTTP answers."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer."
  type        = bool
}
