variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "bucket_suffix" {
  description = "Added after the suffix, because bucket names are global; for example \"-yourcompany\"."
  type        = string
  default     = ""
}

variable "force_destroy" {
  description = "Delete the buckets with what they hold; only for environments without data to keep."
  type        = bool
}

variable "tls_only" {
  description = "Refuse requests without TLS."
  type        = bool
}
