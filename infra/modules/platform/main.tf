# The complete system of the design document, composed of the other modules.
# An environment is one call of this module: infra/environments/.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# For its region: aws_region has "name" in provider 5 and "region" in provider 6, and warns about the rest.
data "aws_service" "ecs" {
  service_id = "ecs"
}

locals {
  production = var.environment == "production"
  suffix     = local.production ? "" : "-${var.environment}"
  arn_prefix = "arn:${data.aws_partition.current.partition}"
  region     = data.aws_service.ecs.region
  account    = "${local.region}:${data.aws_caller_identity.current.account_id}"

  parameter_path = "/${var.name}/${var.environment}"
  node_env       = var.environment == "local" ? "production" : var.environment

  # The image of the first revision is never pulled: the service starts with count 0.
  first_image = { for service, registry in module.registry : service => "${registry.url}:none-yet" }

  # GiB that the database begins with, and up to which RDS scales its storage automatically.
  database_storage       = 20
  database_storage_limit = 100

  # Of the services' and backups' own metrics: one per environment, because a namespace is what a policy can limit a task
  # to, and a backup of staging must not silence the alarm of production in the same account.
  metric_namespace = "RainbowSeeker${local.suffix}"
}

module "log_bucket" {
  count          = var.access_logs ? 1 : 0
  source         = "../log-bucket"
  name           = "${var.name}-logs${local.suffix}${var.bucket_suffix}"
  retention_days = var.log_retention_days
  force_destroy  = !var.protected
}

module "network" {
  source              = "../network"
  name                = var.name
  suffix              = local.suffix
  cidr                = var.network.cidr
  zones               = var.network.zones
  nat_per_zone        = var.network.nat_per_zone
  vpn_gateway         = var.network.vpn_gateway
  interface_endpoints = var.network.interface_endpoints
  public_ingress      = var.network.public_ingress

  flow_logs = var.network.flow_logs == "none" ? null : {
    destination    = var.network.flow_logs
    bucket_arn     = var.network.flow_logs == "s3" ? one(module.log_bucket[*].arn) : null
    retention_days = var.log_retention_days
  }
}

module "registry" {
  for_each     = toset(["api", "ml", "backup"])
  source       = "../registry"
  name         = "${var.name}-${each.key}${local.suffix}"
  force_delete = !var.protected
}

module "parameters" {
  source = "../parameters"
  prefix = local.parameter_path
  type   = var.parameter_type
}

module "storage" {
  source            = "../storage"
  name              = var.name
  suffix            = local.suffix
  bucket_suffix     = var.bucket_suffix
  force_destroy     = !var.protected
  tls_only          = var.encryption_in_transit
  backups_lock_days = var.backups_lock_days
  log_bucket        = one(module.log_bucket[*].name)
  cdn               = var.cdn == null ? null : { distribution_arn = module.cdn[0].arn }
}

module "database" {
  source                      = "../database"
  name                        = "${var.name}-db${local.suffix}"
  database_name               = var.database.name
  subnet_ids                  = module.network.private_subnet_ids
  security_group_id           = module.network.security_group_ids["rds"]
  engine_major                = var.database.engine_major
  allow_major_version_upgrade = var.database.allow_major_version_upgrade
  apply_immediately           = !var.protected
  instance_class              = var.database.instance_class
  multi_az                    = var.database.multi_az
  allocated_storage           = local.database_storage
  max_allocated_storage       = local.database_storage_limit
  backup_retention_days       = 7
  log_retention_days          = var.log_retention_days
  force_ssl                   = var.encryption_in_transit
  iam_authentication          = var.database.iam_authentication
  insights                    = var.database.insights
  monitoring_interval         = var.database.monitoring_interval
  permissions_boundary_arn    = var.permissions_boundary_arn
  deletion_protection         = var.protected
  skip_final_snapshot         = !var.protected
  password_managed_by_rds     = var.database.password_managed_by_rds
}

module "cache" {
  source                  = "../cache"
  suffix                  = local.suffix
  subnet_ids              = module.network.private_subnet_ids
  security_group_id       = module.network.security_group_ids["redis"]
  engine                  = var.cache.engine
  node_type               = var.cache.node_type
  cluster_mode            = var.cache.cluster_mode
  shards                  = var.cache.shards
  replicas_per_shard      = var.cache.replicas_per_shard
  encryption              = var.encryption_in_transit
  snapshot_retention_days = var.cache.snapshot_retention_days
  apply_immediately       = var.cache.apply_immediately
}

module "load_balancer" {
  source              = "../load-balancer"
  name                = "${var.name}-alb${local.suffix}"
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.public_subnet_ids
  security_group_id   = module.network.security_group_ids["alb"]
  certificate         = var.certificate_arn == null ? null : { arn = var.certificate_arn }
  domain              = try(var.domain.zone_id, null) == null ? null : { name = var.domain.name, zone_id = var.domain.zone_id, record = var.cdn == null }
  log_bucket          = one(module.log_bucket[*].name)
  web_acl             = var.web_acl == null ? null : { arn = module.web_acl[0].arn }
  deletion_protection = var.protected
  target              = { name = "${var.name}-api${local.suffix}", port = 3000, health_check_path = "/health" }
  maintenance         = var.maintenance
}

module "web_acl" {
  count      = var.web_acl == null ? 0 : 1
  source     = "../web-acl"
  name       = "${var.name}${local.suffix}"
  scope      = "REGIONAL"
  rate_limit = var.web_acl.rate_limit
  count_only = var.web_acl.count_only
}

module "cdn" {
  count              = var.cdn == null ? 0 : 1
  source             = "../cdn"
  name               = "${var.name}${local.suffix}"
  assets_domain_name = module.storage.assets.domain_name
  price_class        = var.cdn.price_class
  web_acl_arn        = var.cdn.web_acl_arn

  api = {
    domain_name = module.load_balancer.dns_name
    https       = var.domain != null
  }

  domain = var.domain == null ? null : {
    name            = var.domain.name
    certificate_arn = var.cdn.certificate_arn
    record          = var.domain.zone_id == null ? null : { zone_id = var.domain.zone_id }
  }
}

module "cluster" {
  source    = "../cluster"
  name      = "${var.name}-cluster${local.suffix}"
  namespace = var.ml_load_balancer == null ? "${var.name}${local.suffix}" : null
}

module "observability" {
  source                    = "../observability"
  name                      = var.name
  suffix                    = local.suffix
  environment               = var.environment
  metric_namespace          = local.metric_namespace
  cluster_name              = module.cluster.name
  api_service_name          = module.api.name
  ml_service_name           = module.ml.name
  load_balancer_arn_suffix  = module.load_balancer.arn_suffix
  target_group_arn_suffixes = [module.load_balancer.target_group_arn_suffix]
  database                  = { identifier = module.database.identifier, name = module.database.name, allocated_storage = local.database_storage }
  keep_audit_trail          = var.protected
  alert_emails              = var.alert_emails
  slack                     = var.slack
  permissions_boundary_arn  = var.permissions_boundary_arn

  cache = {
    replication_group_id = module.cache.replication_group_id
    cluster_mode         = var.cache.cluster_mode == "enabled"
    shards               = var.cache.shards
    replicas_per_shard   = var.cache.replicas_per_shard
  }
}
