variable "prefix" {
  description = "Path prefix of each name, for example /rainbow-seeker/production."
  type        = string

  validation {
    condition     = can(regex("^(/[a-zA-Z0-9_.-]+)+$", var.prefix)) && !can(regex("^/(aws|ssm)", lower(var.prefix)))
    error_message = "prefix must be a path like /rainbow-seeker/production, and not below /aws or /ssm."
  }
}

variable "type" {
  description = "SecureString, or String where tasks would get the encrypted value (the local AWS)."
  type        = string
  default     = "SecureString"
  nullable    = false

  validation {
    condition     = contains(["SecureString", "String"], var.type)
    error_message = "type must be SecureString or String."
  }
}
