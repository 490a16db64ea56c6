variable "prefix" {
  description = "Path before each name, for example /rainbow-seeker/production."
  type        = string
}

variable "type" {
  description = "SecureString, or String where the API at hand cannot decrypt for tasks (the local AWS)."
  type        = string
  default     = "SecureString"

  validation {
    condition     = contains(["SecureString", "String"], var.type)
    error_message = "type must be SecureString or String."
  }
}
