# The roles for GitHub and for backup tasks, as they are wired here. test/roles evaluates the policies of this plan for
# tokens and requests. They are rendered by the real provider, without an AWS account: what it would look up, and the
# ARNs that AWS would return, are given.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "us_east_1"
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = module.platform.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.platform.module.github[0].data.aws_iam_openid_connect_provider.github
  values = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
}

override_data {
  target = module.platform.module.database.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.platform.module.log_bucket[0].data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.platform.module.observability.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = module.platform.module.storage.aws_s3_bucket.this["uploads"]
  override_during = plan
  values          = { arn = "arn:aws:s3:::rainbow-seeker-uploads" }
}

override_resource {
  target          = module.platform.module.storage.aws_s3_bucket.this["backups"]
  override_during = plan
  values          = { arn = "arn:aws:s3:::rainbow-seeker-backups" }
}

override_resource {
  target          = module.platform.module.cluster.aws_ecs_cluster.this
  override_during = plan
  values          = { arn = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_iam_role.task[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsTaskRole" }
}

override_resource {
  target          = module.platform.module.ml.module.task.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsMlExecutionRole" }
}

override_resource {
  target          = module.platform.module.migration.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsMigrationExecutionRole" }
}

override_resource {
  target          = module.platform.module.backup.module.task["backup"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsBackupExecutionRole" }
}

override_resource {
  target          = module.platform.module.backup.module.task["restore"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsRestoreExecutionRole" }
}

# No role of the name exists before the first apply.
override_data {
  target = module.platform.data.aws_iam_roles.api_execution
  values = { names = [] }
}

override_module {
  target          = module.platform.module.parameters
  override_during = plan

  outputs = {
    arns = {
      backup-password              = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/backup-password"
      db-password                  = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/db-password"
      firebase-project-id          = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/firebase-project-id"
      firebase-service-account-key = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/firebase-service-account-key"
      jwt-secret                   = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/jwt-secret"
      redis-auth-token             = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/redis-auth-token"
      jwt-secret-alternates        = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/jwt-secret-alternates"
      db-password-alternates       = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/db-password-alternates"
      weather-api-key              = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/production/weather-api-key"
    }
  }
}

override_resource {
  target          = module.platform.module.database.aws_db_instance.this
  override_during = plan

  values = {
    port               = 5432
    address            = "rainbow-seeker-db.abc123.ap-northeast-1.rds.amazonaws.com"
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf" }]
  }
}

override_resource {
  target          = module.platform.module.backup.aws_iam_role.task
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsBackupTaskRole" }
}

override_resource {
  target          = module.platform.module.registry["api"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api" }
}

override_resource {
  target          = module.platform.module.registry["ml"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-ml" }
}

override_resource {
  target          = module.platform.module.registry["backup"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-backup" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api" }
}

override_resource {
  target          = module.platform.module.ml.module.task.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-ml" }
}

override_resource {
  target          = module.platform.module.migration.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-migrate" }
}

override_resource {
  target          = module.platform.module.backup.module.task["backup"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-backup" }
}

override_resource {
  target          = module.platform.module.backup.module.task["restore"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-restore" }
}

override_resource {
  target          = module.platform.module.load_balancer.aws_lb_listener_rule.maintenance[0]
  override_during = plan
  values          = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener-rule/app/rainbow-seeker-alb/0123456789abcdef/1/2" }
}

variables {
  maintenance         = { body = "<p>We will be back soon." }
  certificate_arn     = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  cdn_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  domain              = { name = "rainbow.example.com" }
}

run "with_ids" {
  command = plan

  variables {
    github = { repository = "rainbow-seeker/deploy-toolkit", repository_id = 456789, repository_owner_id = 123456 }
  }

  assert {
    condition = jsonencode({
      for name, service in module.platform.deployment.services : name => [service.cluster, service.service, service.container, service.strategy, service.repository, service.alarms]
      }) == jsonencode({
      api = ["rainbow-seeker-cluster", "rainbow-seeker-api", "api", "rolling", "rainbow-seeker-api", ["rainbow-seeker-elb-5xx", "rainbow-seeker-http-5xx", "rainbow-seeker-latency"]]
      ml  = ["rainbow-seeker-cluster", "rainbow-seeker-ml", "ml", "rolling", "rainbow-seeker-ml", []]
    })
    error_message = "The deployment contract names other things than there are."
  }

  assert {
    condition     = module.platform.deployment.environment == "production" && jsonencode(module.platform.deployment.tasks.backup) == jsonencode({ bucket = "rainbow-seeker-backups", families = ["rainbow-seeker-backup", "rainbow-seeker-restore"] }) && module.platform.deployment.tasks.migration.container == "migrate"
    error_message = "The deployment contract names other tasks than there are."
  }

  assert {
    condition     = module.platform.deployment.url == "https://rainbow.example.com/" && module.platform.deployment.services.api.url == module.platform.deployment.url && module.platform.deployment.variables.SERVICE_URL == module.platform.deployment.url && module.platform.deployment.services.ml.url == null
    error_message = "The URL is not the domain's, or ml has one."
  }

  assert {
    condition     = toset(keys(module.platform.deployment.variables)) == toset(["AWS_BACKUP_ROLE", "AWS_BUILD_ROLE", "AWS_DEPLOY_ROLE", "AWS_EMERGENCY_ROLE", "MAINTENANCE_RULE", "AWS_PRUNE_ROLE", "SERVICE_URL", "BUCKET_SUFFIX"])
    error_message = "The variables of the repository are not those of docs/variables.md."
  }

  assert {
    condition     = module.platform.deployment.variables.MAINTENANCE_RULE == module.platform.deployment.maintenance_rule_arn && endswith(module.platform.deployment.maintenance_rule_arn, ":listener-rule/app/rainbow-seeker-alb/0123456789abcdef/1/2")
    error_message = "The rule with the maintenance answer is another one."
  }
}

run "without_ids" {
  command = plan

  variables {
    github = { repository = "rainbow-seeker/deploy-toolkit" }
  }
}

run "with_workflows_of_another_repository" {
  command = plan

  variables {
    github = {
      repository          = "rainbow-seeker/deploy-toolkit"
      repository_id       = 456789
      repository_owner_id = 123456
      workflows           = { repository = "another/toolkit", ref = "refs/tags/v1" }
    }
  }
}
