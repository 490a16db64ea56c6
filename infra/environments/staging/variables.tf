variable "aws_region" {
  description = "AWS region."
  type        = string
  default     = "ap-northeast-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.aws_region))
    error_message = "aws_region is \"${var.aws_region}\", not the code of an AWS region. The system was made for \"ap-northeast-1\"; aws account list-regions names the others."
  }
}

variable "domain" {
  description = "Name that users type, for example { name = \"rainbow.example.com\", zone_id = \"Z0123456789ABCDEFGHIJ\" }. With the ID of its public Route 53 zone, certificates and records are created; without it, bring certificate_arn, and let your own DNS point to the output load_balancer.dns_name."
  type        = object({ name = string, zone_id = optional(string) })
  default     = null
}

variable "certificate_arn" {
  description = "ACM certificate of the load balancer, in this region, where domain has no zone_id."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:${var.aws_region}:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of an ACM certificate in ${var.aws_region}: a load balancer cannot use one of another region. Request it as docs/deploy-to-aws.md, section 2, says."
  }

  validation {
    condition     = (var.certificate_arn == null) == (try(var.domain.zone_id, null) != null)
    error_message = "certificate_arn or domain.zone_id must be given, and not both: the load balancer would answer plain HTTP, or have two certificates. docs/deploy-to-aws.md, section 2, describes both ways."
  }
}

variable "web_acl" {
  description = "Web application firewall of the load balancer: requests per address in five minutes, and whether the managed rules only count. null: none."
  type        = object({ rate_limit = optional(number, 2000), count_only = optional(bool, false) })
  default     = null
}

variable "bucket_suffix" {
  description = "Added to bucket names, which are global, for example \"-yourcompany\"."
  type        = string
  default     = ""
  nullable    = false
}

variable "alert_emails" {
  description = "Addresses that alarms are mailed to."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "slack" {
  description = "Slack channel that alarms are sent to as well: { team_id = \"T07EA123LEP\", channel_id = \"C07EZ1ABC23\" }; docs/alarms.md says how to connect it. null: none."
  type        = object({ team_id = string, channel_id = string })
  default     = null
}

variable "github" {
  description = "GitHub repository whose jobs build and deploy, for example { repository = \"rainbow-seeker/deploy-toolkit\", repository_id = 123, repository_owner_id = 45 }; docs/deploy-to-aws.md tells how to read the IDs. workflows where the reusable workflows are another repository's. The account needs GitHub's identity provider: npm run bootstrap."
  type = object({
    repository          = string
    repository_id       = optional(string)
    repository_owner_id = optional(string)
    branch              = optional(string, "main")
    workflows           = optional(object({ repository = string, ref = string }))
  })
}

variable "api_execution_role_arn" {
  description = "ARN of an existing execution role for api, for example the ecsTaskExecutionRole that the ECS console has created (docs/deploy-to-aws.md); null: it is created."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of all roles, where the account requires one; null: none."
  type        = string
  default     = null
}

variable "maintenance" {
  description = "What customers get during an emergency, at most 1,024 bytes, for example { body = \"<!doctype html><meta charset=utf-8><title>Maintenance</title><p>We will be back soon.\" }. null: the load balancer's own page for 503."
  type        = object({ content_type = optional(string, "text/html"), body = string })
  default     = null
}

variable "production_repository_arns" {
  description = "ARNs of production's ECR repositories of api and ml, whose images staging tries out before production gets them, for example [\"arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api\", \"arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-ml\"]. In another account than staging's, their repository policies have to allow it (docs/deploy-to-aws.md). Empty: staging runs images of its own only."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "weather" {
  description = "Whose weather api uses: none, jma, open-meteo, openweather or weatherapi (docs/weather.md); places whose weather it stores, as \"LATITUDE,LONGITUDE\" (none: Shiojiri); and the permit of the Japan Meteorological Agency that it publishes forecasts with (null: it says nothing of the future). Services that need a key read the parameter weather-api-key."
  type = object({
    provider        = optional(string, "none")
    places          = optional(list(string), [])
    forecast_permit = optional(string)
  })
  default  = {}
  nullable = false
}
