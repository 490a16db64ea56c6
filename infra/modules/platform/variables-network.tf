# The network, the way in, and logs. The modules that get the values validate them.

variable "network" {
  description = "Address range, zones with their subnets, NAT gateways and VPN gateway. flow_logs: \"s3\", into the log bucket, \"cloudwatch\" or \"none\"; interface_endpoints: services that tasks reach without a NAT gateway; public_ingress = \"cloudfront\": only CloudFront reaches the load balancer."
  type = object({
    cidr                = string
    zones               = map(object({ public = string, private = string }))
    nat_per_zone        = bool
    vpn_gateway         = bool
    flow_logs           = optional(string, "s3")
    interface_endpoints = optional(set(string), [])
    public_ingress      = optional(string, "internet")
  })

  validation {
    condition     = contains(["s3", "cloudwatch", "none"], var.network.flow_logs)
    error_message = "network.flow_logs must be \"s3\", \"cloudwatch\" or \"none\". S3 costs half as much as CloudWatch."
  }

  validation {
    condition     = var.network.flow_logs != "s3" || var.access_logs
    error_message = "network.flow_logs = \"s3\" needs the log bucket, which access_logs = false leaves out. Use \"cloudwatch\" or \"none\", or remove access_logs = false."
  }

  validation {
    condition     = var.network.public_ingress != "cloudfront" || var.cdn != null
    error_message = "network.public_ingress = \"cloudfront\" without cdn shuts everybody out. Set cdn, or remove the line."
  }
}

variable "access_logs" {
  description = "Whether a bucket gets the access logs of load balancer, buckets and CloudFront, and flow logs."
  type        = bool
  default     = true
  nullable    = false
}

variable "domain" {
  description = "Name that users type. With the ID of its public Route 53 zone, the load balancer's certificate and the record are created; without it, certificate_arn is needed and your own DNS has the record. null: the load balancer's own name."
  type        = object({ name = string, zone_id = optional(string) })
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.domain.name))
    error_message = "domain.name must be a name in lower case without a scheme, a path or a dot at its end, for example \"rainbow.example.com\"."
  }

  validation {
    condition     = try(var.domain.zone_id, null) == null || var.certificate_arn == null
    error_message = "domain.zone_id and certificate_arn exclude each other: with a zone, the certificate is created. Remove one of them."
  }

  validation {
    condition     = var.domain == null || try(var.domain.zone_id, null) != null || var.certificate_arn != null
    error_message = "domain.zone_id or certificate_arn must be given: without a Route 53 zone nothing can validate a certificate. docs/deploy-to-aws.md, section 2, requests one by hand."
  }
}

variable "cdn" {
  description = "CloudFront in front of the load balancer. certificate_arn: the domain's certificate in us-east-1; web_acl_arn: a web ACL with scope CLOUDFRONT. null: none."
  type = object({
    certificate_arn = optional(string)
    web_acl_arn     = optional(string)
    price_class     = optional(string, "PriceClass_200")
  })
  default = null

  # CloudFront compares the load balancer's certificate with the name that it asks for.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html
  validation {
    condition     = var.cdn == null || var.domain != null || var.certificate_arn == null
    error_message = "cdn needs domain: the load balancer's certificate is for that name, and CloudFront answers 502 for any other. Set domain = { name = \"rainbow.example.com\" }."
  }
}

variable "web_acl" {
  description = "Web application firewall of the load balancer: requests per address in five minutes, and whether the managed rules only count. With cdn, put it there instead. null: none."
  type        = object({ rate_limit = optional(number, 2000), count_only = optional(bool, false) })
  default     = null

  validation {
    condition     = var.web_acl == null || var.cdn == null
    error_message = "web_acl filters by the address that connects, which is CloudFront's behind cdn: it would limit all users together. Use cdn.web_acl_arn instead."
  }
}

variable "backups_lock_days" {
  description = "Days for which nobody can delete a backup (Object Lock); null: no lock."
  type        = number
  default     = null
}

variable "maintenance" {
  description = "What customers get from the load balancer during an emergency, with status 503 (see module load-balancer); null: the load balancer's own page."
  type        = object({ content_type = optional(string, "text/html"), body = string })
  default     = null
}
