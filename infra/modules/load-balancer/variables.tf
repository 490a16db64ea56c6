variable "name" {
  description = "Name of the load balancer."
  type        = string

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name has at most 32 letters, digits and hyphens, neither begins nor ends with a hyphen, and does not begin with \"internal-\". Shorten or rename it, for example \"rainbow-seeker-alb\"."
  }
}

variable "internal" {
  description = "Whether the load balancer is reachable only from inside the VPC."
  type        = bool
  default     = false
  nullable    = false
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the load balancer in at least two zones: public ones, unless it is internal."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids needs two or more subnets, each in a zone of its own. Pass public_subnet_ids of module network, or private_subnet_ids for an internal one."
  }
}

variable "security_group_id" {
  description = "Security group of the load balancer."
  type        = string
}

variable "target" {
  description = "Target group: its name, the port of the tasks, and the path of its health check."
  type        = object({ name = string, port = number, health_check_path = optional(string, "/health") })

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$", var.target.name))
    error_message = "target.name has at most 32 letters, digits and hyphens, and neither begins nor ends with a hyphen. Shorten it, for example \"rainbow-seeker-api\"."
  }

  validation {
    condition     = var.target.port >= 1 && var.target.port <= 65535 && floor(var.target.port) == var.target.port
    error_message = "target.port is a whole number from 1 to 65535: the port that the container listens on, for example 3000."
  }

  validation {
    condition     = can(regex("^/[!-~]*$", var.target.health_check_path))
    error_message = "target.health_check_path begins with / and has no spaces, for example \"/health\"."
  }
}

variable "certificate" {
  description = "An existing ACM certificate in the provider's region. With it or a domain, HTTP redirects to HTTPS; without both, the load balancer answers plain HTTP only."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.certificate == null || can(regex("^arn:aws[a-z-]*:acm:${local.region}:[0-9]{12}:certificate/[0-9A-Za-z-]+$", var.certificate.arn))
    error_message = "certificate.arn is not the ARN of a certificate in ${local.region}, the region of the load balancer. `aws acm list-certificates --region ${local.region}` lists them; request one there, or set domain instead."
  }

  validation {
    condition     = var.certificate == null || var.domain == null
    error_message = "certificate and domain exclude each other: with a domain, the certificate is requested here. Remove one of them."
  }
}

variable "domain" {
  description = "Domain name and its Route 53 zone: a certificate is requested and validated through records in the zone. record = false leaves the name itself to something else, such as CloudFront."
  type        = object({ name = string, zone_id = string, record = optional(bool, true) })
  default     = null
}

variable "log_bucket" {
  description = "Name of the bucket for access logs, which must accept them before (module log-bucket); null: none."
  type        = string
  default     = null
}

variable "web_acl" {
  description = "A regional web ACL that filters requests (module web-acl); null: none."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.web_acl == null || can(regex("^arn:aws[a-z-]*:wafv2:${local.region}:[0-9]{12}:regional/webacl/", var.web_acl.arn))
    error_message = "web_acl.arn is not a regional web ACL in ${local.region}. Create it with module web-acl and scope = \"REGIONAL\"; one for CloudFront belongs to module cdn."
  }
}

variable "maintenance" {
  description = "What customers get during an emergency, with status 503: its content type and text, in a rule that the action service-control shows and hides. null: no rule, and the load balancer's own page."
  type        = object({ content_type = optional(string, "text/html"), body = string })
  default     = null

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
  validation {
    condition     = var.maintenance == null || contains(["text/plain", "text/html", "application/json"], try(var.maintenance.content_type, ""))
    error_message = "maintenance.content_type must be \"text/html\", \"text/plain\" or \"application/json\": the load balancer sends no other text. Remove it for HTML."
  }

  # Base64 has four characters for three bytes, and the limit is in bytes: 1,024 of them are 1,368 characters.
  validation {
    condition     = try(length(base64encode(var.maintenance.body)) <= 1368 && trimspace(var.maintenance.body) != "", var.maintenance == null)
    error_message = "maintenance.body must have 1 to 1,024 bytes, which is the limit of Elastic Load Balancing; a Japanese character has three. Shorten it, or link to a page elsewhere."
  }
}

variable "deletion_protection" {
  description = "Whether to refuse the deletion of the load balancer."
  type        = bool
  default     = true
  nullable    = false
}
