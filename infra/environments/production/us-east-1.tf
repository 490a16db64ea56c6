# What CloudFront wants in us-east-1, wherever the rest is: its certificate, its firewall, and the delivery of its logs.

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = { Environment = "production", Project = "rainbow-seeker" }
  }
}

module "cdn_certificate" {
  count     = var.domain.zone_id == null ? 0 : 1
  source    = "../../modules/certificate"
  providers = { aws = aws.us_east_1 }
  domain    = var.domain.name
  zone_id   = var.domain.zone_id
}

module "web_acl" {
  count      = var.web_acl == null ? 0 : 1
  source     = "../../modules/web-acl"
  providers  = { aws = aws.us_east_1 }
  name       = "rainbow-seeker"
  scope      = "CLOUDFRONT"
  rate_limit = var.web_acl.rate_limit
  count_only = var.web_acl.count_only
}

module "cdn_logs" {
  source           = "../../modules/cdn-logs"
  providers        = { aws = aws.us_east_1 }
  name             = "rainbow-seeker"
  distribution_arn = module.platform.cdn.arn
  bucket_arn       = module.platform.log_bucket.arn
}
