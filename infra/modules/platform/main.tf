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

  parameter_path = "/rainbow-seeker/${var.environment}"
  node_env       = var.environment == "local" ? "production" : var.environment

  # The image of the first revision is never pulled: the service starts with count 0.
  first_image = { for service, registry in module.registry : service => "${registry.url}:none-yet" }

  # GiB up to which RDS scales the database's storage automatically.
  database_storage_limit = 100
}

module "network" {
  source       = "../network"
  suffix       = local.suffix
  cidr         = var.network.cidr
  zones        = var.network.zones
  nat_per_zone = var.network.nat_per_zone
  vpn_gateway  = var.network.vpn_gateway
}

module "registry" {
  for_each     = toset(["api", "ml", "backup"])
  source       = "../registry"
  name         = "rainbow-seeker-${each.key}${local.suffix}"
  force_delete = !var.protected
}

module "parameters" {
  source = "../parameters"
  prefix = local.parameter_path
  type   = var.parameter_type
}

module "storage" {
  source        = "../storage"
  suffix        = local.suffix
  bucket_suffix = var.bucket_suffix
  force_destroy = !var.protected
  tls_only      = var.encryption_in_transit
}

module "database" {
  source                      = "../database"
  name                        = "rainbow-seeker-db${local.suffix}"
  database_name               = var.database.name
  subnet_ids                  = module.network.private_subnet_ids
  security_group_id           = module.network.security_group_ids["rds"]
  engine_major                = var.database.engine_major
  allow_major_version_upgrade = var.database.allow_major_version_upgrade
  apply_immediately           = !var.protected
  instance_class              = var.database.instance_class
  multi_az                    = var.database.multi_az
  allocated_storage           = 20
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
  name                = "rainbow-seeker-alb${local.suffix}"
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.public_subnet_ids
  security_group_id   = module.network.security_group_ids["alb"]
  certificate_arn     = var.certificate_arn
  deletion_protection = var.protected
  target              = { name = "rainbow-seeker-api${local.suffix}", port = 3000, health_check_path = "/health" }
}

module "cluster" {
  source    = "../cluster"
  name      = "rainbow-seeker-cluster${local.suffix}"
  namespace = var.ml_load_balancer == null ? "rainbow-seeker${local.suffix}" : null
}

module "observability" {
  source                   = "../observability"
  suffix                   = local.suffix
  cluster_name             = module.cluster.name
  api_service_name         = module.api.name
  database_identifier      = module.database.identifier
  load_balancer_arn_suffix = module.load_balancer.arn_suffix
  alert_emails             = var.alert_emails
}
