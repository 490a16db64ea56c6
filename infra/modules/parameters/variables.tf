variable "prefix" {
  description = "Path prefix of each name, for example /rainbow-seeker/production."
  type        = string
}

variable "type" {
  description = "SecureString, or String where tasks would get the encrypted value (the local AWS)."
  type        = string
  default     = "SecureString"

  validation {
    condition     = contains(["SecureString", "String"], var.type)
    error_message = "type must be SecureString or String."
  }
}
