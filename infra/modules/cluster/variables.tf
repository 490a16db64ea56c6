variable "name" {
  description = "Cluster name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "name must be 1 to 255 letters, digits, hyphens and underscores, for example rainbow-seeker-cluster."
  }
}

variable "namespace" {
  description = "Name of the Service Connect namespace, in which services find each other; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.namespace == null ? true : can(regex("^[A-Za-z0-9._-]{1,1000}$", var.namespace))
    error_message = "namespace must be letters, digits, dots, underscores and hyphens, for example rainbow-seeker."
  }
}

variable "container_insights" {
  description = "enabled, enhanced (metrics of each container too, at a price) or disabled."
  type        = string
  default     = "enabled"
  nullable    = false

  validation {
    condition     = contains(["enabled", "enhanced", "disabled"], var.container_insights)
    error_message = "container_insights must be enabled, enhanced or disabled."
  }
}
