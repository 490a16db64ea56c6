# Production, with the names and sizes of the design document.

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Environment = "production", Project = "rainbow-seeker" }
  }

  # The record of an emergency, which the action service-control keeps on a service.
  ignore_tags {
    key_prefixes = ["emergency:"]
  }
}

module "platform" {
  source      = "../../modules/platform"
  environment = "production"
  protected   = true

  network = {
    cidr           = "10.0.0.0/16"
    nat_per_zone   = true
    vpn_gateway    = true
    public_ingress = var.public_ingress
    zones = {
      "${var.aws_region}a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
      "${var.aws_region}c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
    }
  }

  database = {
    instance_class      = "db.r5.large"
    multi_az            = true
    monitoring_interval = 60
  }

  cache = {
    node_type               = "cache.r6g.large"
    cluster_mode            = "enabled"
    shards                  = 2
    replicas_per_shard      = 1
    snapshot_retention_days = 1
  }

  api = { count = 3, autoscaling = { min = 3, max = 12, cpu_percent = 60 } }
  ml  = { count = 2, autoscaling = { min = 2, max = 6, cpu_percent = 60 } }

  # The days whose backups prune keeps anyway (docs/decisions/0014-network-and-edge.md).
  backups_lock_days = 7

  domain             = var.domain
  certificate_arn    = var.certificate_arn
  github             = var.github
  bucket_suffix      = var.bucket_suffix
  alert_emails       = var.alert_emails
  slack              = var.slack
  maintenance        = var.maintenance
  weather            = var.weather
  log_retention_days = 90

  api_execution_role_arn   = var.api_execution_role_arn
  permissions_boundary_arn = var.permissions_boundary_arn

  cdn = {
    certificate_arn = coalesce(var.cdn_certificate_arn, one(module.cdn_certificate[*].arn))
    web_acl_arn     = one(module.web_acl[*].arn)
  }
}
