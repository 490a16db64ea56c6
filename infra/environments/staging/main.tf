# Staging: structured like production, with one small instance of everything.

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Environment = "staging", Project = "rainbow-seeker" }
  }

  # The record of an emergency, which the action service-control keeps on a service.
  ignore_tags {
    key_prefixes = ["emergency:"]
  }
}

module "platform" {
  source      = "../../modules/platform"
  environment = "staging"
  protected   = false

  network = {
    cidr         = "10.0.0.0/16"
    nat_per_zone = false
    vpn_gateway  = false
    zones = {
      "${var.aws_region}a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
      "${var.aws_region}c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
    }
  }

  database = {
    instance_class = "db.t3.micro"
    multi_az       = false
    insights       = "off"
  }

  cache = {
    node_type    = "cache.t3.micro"
    cluster_mode = "disabled"
  }

  api = { count = 1 }
  ml  = { count = 1 }

  pull_repository_arns = var.production_repository_arns

  # A branch is tried out here before it is merged.
  github = merge(var.github, { any_branch = true })

  domain             = var.domain
  certificate_arn    = var.certificate_arn
  web_acl            = var.web_acl
  bucket_suffix      = var.bucket_suffix
  alert_emails       = var.alert_emails
  slack              = var.slack
  maintenance        = var.maintenance
  weather            = var.weather
  log_retention_days = 30

  api_execution_role_arn   = var.api_execution_role_arn
  permissions_boundary_arn = var.permissions_boundary_arn
}
