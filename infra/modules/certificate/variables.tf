variable "domain" {
  description = "Domain name, for example rainbow.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,63}$", var.domain))
    error_message = "domain is a name in lower case without a scheme, a path or a dot at its end, for example \"rainbow.example.com\"."
  }

  # https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
  validation {
    condition     = length(var.domain) <= 64
    error_message = "domain is longer than 64 characters, which ACM refuses for the first name of a certificate. Choose a shorter one."
  }
}

variable "zone_id" {
  description = "ID of the public Route 53 zone of the domain."
  type        = string

  validation {
    condition     = can(regex("^Z[A-Z0-9]{1,31}$", var.zone_id))
    error_message = "zone_id is the ID of a hosted zone, for example \"Z0123456789ABCDEFGHIJ\". `aws route53 list-hosted-zones-by-name` lists yours; leave \"/hostedzone/\" out."
  }
}
