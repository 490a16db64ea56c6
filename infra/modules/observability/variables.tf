variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
}

variable "api_service_name" {
  description = "Name of the ECS service of api."
  type        = string
}

variable "database_identifier" {
  description = "RDS instance identifier."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "LoadBalancer dimension of the CloudWatch metrics of the public load balancer."
  type        = string
}

variable "alert_emails" {
  description = "E-mail addresses that alarms are sent to, once each has confirmed its subscription."
  type        = set(string)
}
