# The same modules on the local AWS (docs/decisions/0004-local-differs-where-it-must.md). The differences are features
# that it lacks: no TLS to database and cache, no Service Connect, no SecureString for tasks.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true

  default_tags {
    tags = { Environment = "local", Project = "rainbow-seeker" }
  }

  # The record of an emergency, which the action service-control keeps on a service.
  ignore_tags {
    key_prefixes = ["emergency:"]
  }
}

module "platform" {
  source      = "../../modules/platform"
  environment = "local"
  protected   = false

  network = {
    cidr         = "10.0.0.0/16"
    nat_per_zone = false
    vpn_gateway  = false
    flow_logs    = "none"
    zones = {
      "ap-northeast-1a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
      "ap-northeast-1c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
    }
  }

  database = {
    instance_class          = "db.t3.micro"
    multi_az                = false
    insights                = "off"
    password_managed_by_rds = false
  }

  cache = {
    node_type    = "cache.t3.micro"
    cluster_mode = "disabled"
  }

  api = { count = 3 }
  ml  = { count = 1 }

  # Not used locally; they are created so that the resources for production have been applied once. The provider is
  # created in the same apply, and its own ARN not known before.
  github = {
    repository   = "rainbow-seeker/deploy-toolkit"
    provider_arn = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/token.actions.githubusercontent.com"
  }

  ml_load_balancer      = { url = "${var.endpoint_for_containers}/_alb/rainbow-seeker-ml-alb-local" }
  access_logs           = false
  encryption_in_transit = false
  parameter_type        = "String"
  log_retention_days    = 7

  maintenance = {
    content_type = "application/json"
    body         = jsonencode({ success = false, error = { code = "MAINTENANCE", message = "Rainbow Seeker is being repaired." } })
  }

  task_environment = {
    AWS_ENDPOINT_URL      = var.endpoint_for_containers
    AWS_REGION            = "ap-northeast-1"
    AWS_ACCESS_KEY_ID     = "test"
    AWS_SECRET_ACCESS_KEY = "test"
  }
}

data "aws_caller_identity" "current" {}

# The local AWS is an account of its own. Its state is on the disk: the bucket is there to have been applied once.
module "bootstrap" {
  source    = "../../modules/bootstrap"
  bucket    = "rainbow-seeker-terraform-local"
  protected = false
  tls_only  = false
}

variable "endpoint_for_containers" {
  description = "URL at which containers reach the local AWS."
  type        = string
}
