variable "name" {
  description = "Name of the distribution and of its policies, for example \"rainbow-seeker\"."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,45}$", var.name))
    error_message = "name has 1 to 45 letters, digits, hyphens and underscores: CloudFront's policies, of at most 64 characters, are named after it, for example \"rainbow-seeker\"."
  }
}

variable "assets_domain_name" {
  description = "Regional domain name of the bucket with the static assets (assets.domain_name of module storage)."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]+[.]s3[.-][a-z0-9.-]+$", var.assets_domain_name))
    error_message = "assets_domain_name is the regional domain name of a bucket, for example \"rainbow-seeker-assets.s3.ap-northeast-1.amazonaws.com\", not its name or ARN. Pass assets.domain_name of module storage."
  }
}

variable "assets_path" {
  description = "Paths that come from the bucket; the object has the same key without the leading slash."
  type        = string
  default     = "/assets/*"
  nullable    = false

  validation {
    condition     = can(regex("^/[A-Za-z0-9_.*$/~\"'@:+-]{1,254}$", var.assets_path)) && var.assets_path != "/*"
    error_message = "assets_path is a path pattern below /, for example \"/assets/*\". \"/*\" would leave nothing for the load balancer."
  }
}

variable "api" {
  description = "The load balancer: its DNS name, and whether CloudFront connects to it by HTTPS. Without a domain, HTTPS needs a name for which the load balancer has a certificate."
  type        = object({ domain_name = string, https = optional(bool, true) })

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*$", var.api.domain_name))
    error_message = "api.domain_name is a DNS name without a scheme and a path. Pass dns_name of module load-balancer."
  }
}

variable "domain" {
  description = "Name that users type, with its certificate in us-east-1, where CloudFront looks for it; record: the Route 53 zone that gets a record for it, null: your own DNS has one. null: CloudFront's own name only."
  type        = object({ name = string, certificate_arn = string, record = optional(object({ zone_id = string })) })
  default     = null

  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
  validation {
    condition     = var.domain == null || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9A-Za-z-]+$", var.domain.certificate_arn))
    error_message = "domain.certificate_arn is not the ARN of a certificate in us-east-1, the only region that CloudFront takes certificates from. Request one there: `aws acm request-certificate --region us-east-1`, or module certificate with a provider in us-east-1."
  }

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.domain.name))
    error_message = "domain.name is a name in lower case without a scheme, a path or a dot at its end, for example \"rainbow.example.com\"."
  }
}

variable "price_class" {
  description = "Where CloudFront answers from: PriceClass_100 (North America, Europe), PriceClass_200 (with Japan and most of the rest), or PriceClass_All."
  type        = string
  default     = "PriceClass_200"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class is PriceClass_100, PriceClass_200 or PriceClass_All. Users in Japan need the second or third."
  }
}

variable "web_acl_arn" {
  description = "ARN of a web ACL with scope CLOUDFRONT (module web-acl with a provider in us-east-1); null: none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn is not a web ACL of CloudFront. Create it with module web-acl, scope = \"CLOUDFRONT\" and a provider in us-east-1; a regional one belongs to module load-balancer."
  }
}
