# api, ml and the migrations, with their settings.

locals {
  database_environment = {
    DB_HOST = module.database.address
    DB_PORT = tostring(module.database.port)
    DB_NAME = module.database.name
    DB_SSL  = var.encryption_in_transit ? "verify-full" : "disable"
  }

  api_secrets = {
    DB_PASSWORD            = module.parameters.arns["db-password"]
    DB_PASSWORD_ALTERNATES = module.parameters.arns["db-password-alternates"]
    JWT_SECRET             = module.parameters.arns["jwt-secret"]
    JWT_SECRET_ALTERNATES  = module.parameters.arns["jwt-secret-alternates"]
    REDIS_AUTH_TOKEN       = module.parameters.arns["redis-auth-token"]
    WEATHER_API_KEY        = module.parameters.arns["weather-api-key"]
    FIREBASE_PROJECT_ID    = module.parameters.arns["firebase-project-id"]

    FIREBASE_SERVICE_ACCOUNT_KEY = module.parameters.arns["firebase-service-account-key"]
  }

  # Without a permit nothing is said of the future, which the law wants one for: docs/weather.md.
  weather_environment = merge(
    { WEATHER_PROVIDER = var.weather.provider },
    length(var.weather.places) == 0 ? {} : { WEATHER_PLACES = join(";", var.weather.places) },
    var.weather.forecast_permit == null ? { PREDICTION_MODE = "present" } : {
      PREDICTION_MODE                                       = "forecast"
      FORECAST_PERMIT                                       = var.weather.forecast_permit
    },
  )

  # What the services measure of themselves: docs/decisions/0017-metrics-and-logs.md.
  metrics_environment = {
    METRICS_NAMESPACE   = local.metric_namespace
    METRICS_ENVIRONMENT = var.environment
  }

  # api reaches ml through Service Connect or, where that is not available, through an internal load balancer.
  ml_url = var.ml_load_balancer == null ? "http://ml:5000" : var.ml_load_balancer.url
}

module "ml_load_balancer" {
  count               = var.ml_load_balancer == null ? 0 : 1
  source              = "../load-balancer"
  name                = "${var.name}-ml-alb${local.suffix}"
  internal            = true
  vpc_id              = module.network.vpc_id
  subnet_ids          = module.network.private_subnet_ids
  security_group_id   = module.network.security_group_ids["ml"]
  deletion_protection = var.protected
  target              = { name = "${var.name}-ml${local.suffix}", port = 5000, health_check_path = "/health" }
}

module "api" {
  source                   = "../service"
  name                     = "${var.name}-api${local.suffix}"
  cluster_arn              = module.cluster.arn
  cluster_name             = module.cluster.name
  image                    = local.first_image["api"]
  cpu                      = 512
  memory                   = 1024
  cpu_architecture         = var.cpu_architecture
  initial_count            = var.api.count
  autoscaling              = var.api.autoscaling
  execution_role           = local.api_execution_role
  task_role                = { create = true, name = "ecsTaskRole${local.suffix}", policies = local.api_policies }
  execute_command          = var.execute_command
  repository_arns          = local.pulled["api"]
  permissions_boundary_arn = var.permissions_boundary_arn
  subnet_ids               = module.network.private_subnet_ids
  security_group_id        = module.network.security_group_ids["ecs"]
  load_balancer            = { target_group_arn = module.load_balancer.target_group_arn, arn_suffix = module.load_balancer.arn_suffix }
  service_connect          = var.ml_load_balancer == null ? { namespace_arn = module.cluster.namespace_arn, server = false } : null
  log_retention_days       = var.log_retention_days

  container = {
    name         = "api"
    ports        = [3000]
    health_check = ["CMD", "node", "dist/healthcheck.js"]

    environment = merge(local.database_environment, {
      NODE_ENV  = local.node_env
      PORT      = "3000"
      DB_USER   = "rainbow_app"
      REDIS_URL = module.cache.url
      ML_URL    = local.ml_url
      S3_BUCKET = module.storage.uploads.name
      LOG_LEVEL = "info"
    }, local.weather_environment, local.metrics_environment)

    secrets = local.api_secrets
  }
}

module "ml" {
  source                   = "../service"
  name                     = "${var.name}-ml${local.suffix}"
  cluster_arn              = module.cluster.arn
  cluster_name             = module.cluster.name
  image                    = local.first_image["ml"]
  cpu                      = 512
  memory                   = 1024
  cpu_architecture         = var.cpu_architecture
  initial_count            = var.ml.count
  autoscaling              = var.ml.autoscaling
  execution_role           = { name = "ecsMlExecutionRole${local.suffix}" }
  task_role                = var.execute_command ? { create = true, name = "ecsMlTaskRole${local.suffix}" } : {}
  execute_command          = var.execute_command
  repository_arns          = local.pulled["ml"]
  permissions_boundary_arn = var.permissions_boundary_arn
  subnet_ids               = module.network.private_subnet_ids
  security_group_id        = module.network.security_group_ids["ml"]
  load_balancer            = var.ml_load_balancer == null ? null : { target_group_arn = module.ml_load_balancer[0].target_group_arn }
  service_connect          = var.ml_load_balancer == null ? { namespace_arn = module.cluster.namespace_arn, server = true } : null
  log_retention_days       = var.log_retention_days

  container = {
    name         = "ml"
    ports        = [5000]
    health_check = ["CMD", "node", "dist/healthcheck.js"]

    environment = merge(local.metrics_environment, {
      NODE_ENV  = local.node_env
      PORT      = "5000"
      LOG_LEVEL = "info"
    })
  }
}

# Runs once before each deployment of api, from the same image, as the database's master user.
module "migration" {
  source                   = "../task"
  family                   = "${var.name}-migrate${local.suffix}"
  image                    = local.first_image["api"]
  cpu                      = 256
  memory                   = 512
  cpu_architecture         = var.cpu_architecture
  execution_role           = { name = "ecsMigrationExecutionRole${local.suffix}" }
  repository_arns          = local.pulled["api"]
  permissions_boundary_arn = var.permissions_boundary_arn
  log_retention_days       = var.log_retention_days

  container = {
    name    = "migrate"
    command = ["node", "dist/migrate.js"]

    environment = merge(local.database_environment, {
      NODE_ENV       = local.node_env
      DB_USER        = "postgres"
      DB_APP_USER    = "rainbow_app"
      DB_BACKUP_USER = "rainbow_backup"
      LOG_LEVEL      = "info"
    })

    secrets = {
      DB_PASSWORD        = "${module.database.master_secret_arn}:password::"
      DB_APP_PASSWORD    = module.parameters.arns["db-password"]
      DB_BACKUP_PASSWORD = module.parameters.arns["backup-password"]
    }
  }
}

# Backups and restores: one-off tasks from the toolkit's own image, started by .github/workflows/backup.yml.
module "backup" {
  source                   = "../backup"
  name                     = var.name
  suffix                   = local.suffix
  image                    = local.first_image["backup"]
  bucket                   = module.storage.backups
  repository_arns          = local.pulled["backup"]
  log_retention_days       = var.log_retention_days
  alerts_topic_arn         = module.observability.topic_arn
  metric_namespace         = local.metric_namespace
  permissions_boundary_arn = var.permissions_boundary_arn
  environment              = var.task_environment

  # The complete database, and what PostgreSQL itself needs in addition.
  ephemeral_storage = min(200, local.database_storage_limit + 5)

  database = {
    host    = module.database.address
    port    = module.database.port
    name    = module.database.name
    ssl     = var.encryption_in_transit ? "verify-full" : "disable"
    secrets = { backup = module.parameters.arns["backup-password"], master = "${module.database.master_secret_arn}:password::" }
  }
}

# Roles for the GitHub jobs of this environment: those of .github/workflows/deploy.yml, rollback.yml and backup.yml.
module "github" {
  count                    = var.github == null ? 0 : 1
  source                   = "../github-oidc"
  name                     = var.name
  suffix                   = local.suffix
  repository               = var.github.repository
  repository_id            = var.github.repository_id
  repository_owner_id      = var.github.repository_owner_id
  workflows                = var.github.workflows
  branch                   = var.github.branch
  any_branch               = var.github.any_branch
  environment              = var.environment
  provider_arn             = var.github.provider_arn
  image_repository_arns    = [for registry in module.registry : registry.arn]
  pull_repository_arns     = var.pull_repository_arns
  ecs_arn_prefix           = "${local.arn_prefix}:ecs:${local.account}"
  cluster_arn              = module.cluster.arn
  cluster_name             = module.cluster.name
  services                 = [module.api.name, module.ml.name]
  families                 = [module.api.name, module.ml.name, module.migration.family]
  migration_family         = module.migration.family
  secret_arns              = [module.database.master_secret_arn]
  audit_log_group_arn      = module.observability.audit_log_group_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  task_role_arns           = distinct(concat(module.api.role_arns, module.ml.role_arns, module.migration.role_arns))
  log_group_arns           = [module.api.log_group_arn, module.ml.log_group_arn, module.migration.log_group_arn]

  backup = {
    families       = module.backup.families
    task_role_arns = module.backup.role_arns
    log_group_arns = module.backup.log_group_arns
    bucket_arn     = module.storage.backups.arn
    service        = module.api.name
  }

  emergency = {
    maintenance_rule = var.maintenance == null ? null : { arn = module.load_balancer.maintenance_rule_arn }

    protection = {
      family         = module.backup.restore.family
      task_role_arns = module.backup.restore.role_arns
      log_group_arns = [module.backup.restore.log_group_arn]
    }
  }
}
