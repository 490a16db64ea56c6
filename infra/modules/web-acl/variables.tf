variable "name" {
  description = "Name of the web ACL."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.name))
    error_message = "name has 1 to 128 letters, digits, hyphens and underscores, for example \"rainbow-seeker\"."
  }
}

variable "scope" {
  description = "REGIONAL for a load balancer in the provider's region, CLOUDFRONT for a distribution; the latter only with a provider in us-east-1."
  type        = string

  validation {
    condition     = contains(["REGIONAL", "CLOUDFRONT"], var.scope)
    error_message = "scope is \"REGIONAL\" (load balancer) or \"CLOUDFRONT\" (with a provider in us-east-1)."
  }
}

variable "rate_limit" {
  description = "Requests that one address may send within five minutes; more are refused with 403 until it slows down."
  type        = number
  default     = 2000
  nullable    = false

  # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  validation {
    condition     = var.rate_limit >= 10 && var.rate_limit <= 2000000000 && floor(var.rate_limit) == var.rate_limit
    error_message = "rate_limit is a whole number of requests in five minutes, from 10 to 2000000000, for example 2000."
  }
}

variable "count_only" {
  description = "true: the managed rules only count what they would refuse, in CloudWatch. Begin with this, and look before you refuse."
  type        = bool
  default     = false
  nullable    = false
}
