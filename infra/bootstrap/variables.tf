variable "aws_region" {
  description = "AWS region of the bucket."
  type        = string
  default     = "ap-northeast-1"
}

variable "bucket" {
  description = "Name of the bucket for the states of all environments of the account."
  type        = string
}

variable "github" {
  description = "Whether to create GitHub's identity provider."
  type        = bool
  default     = true
}

variable "protected" {
  description = "Whether a bucket that contains states cannot be deleted."
  type        = bool
  default     = true
}
