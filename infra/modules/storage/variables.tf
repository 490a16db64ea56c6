variable "suffix" {
  description = "Appended to each name: empty in production."
  type        = string
}

variable "bucket_suffix" {
  description = "Appended after the suffix, because bucket names are globally unique; for example \"-yourcompany\"."
  type        = string
  default     = ""
}

variable "force_destroy" {
  description = "Whether the buckets may be deleted with their objects; only for environments without data to keep."
  type        = bool
}

variable "tls_only" {
  description = "Whether to refuse requests without TLS."
  type        = bool
}
