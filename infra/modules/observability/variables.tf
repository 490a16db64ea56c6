variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "cluster_name" {
  description = "ECS cluster."
  type        = string
}

variable "api_service_name" {
  description = "ECS service of api."
  type        = string
}

variable "database_identifier" {
  description = "RDS instance identifier."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "LoadBalancer dimension of the public load balancer."
  type        = string
}

variable "alert_emails" {
  description = "Addresses that alarms are mailed to, once each has confirmed."
  type        = set(string)
}
