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

override_data {
  target = module.platform.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.platform.module.github[0].data.aws_iam_openid_connect_provider.github
  values = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
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
  values          = { arn = "arn:aws:s3:::rainbow-seeker-uploads-staging" }
}

override_resource {
  target          = module.platform.module.storage.aws_s3_bucket.this["backups"]
  override_during = plan
  values          = { arn = "arn:aws:s3:::rainbow-seeker-backups-staging" }
}

override_resource {
  target          = module.platform.module.cluster.aws_ecs_cluster.this
  override_during = plan
  values          = { arn = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole-staging" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_iam_role.task[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsTaskRole-staging" }
}

override_resource {
  target          = module.platform.module.ml.module.task.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsMlExecutionRole-staging" }
}

override_resource {
  target          = module.platform.module.migration.aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsMigrationExecutionRole-staging" }
}

override_resource {
  target          = module.platform.module.backup.module.task["backup"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsBackupExecutionRole-staging" }
}

override_resource {
  target          = module.platform.module.backup.module.task["restore"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsRestoreExecutionRole-staging" }
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
      backup-password              = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/backup-password"
      db-password                  = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/db-password"
      firebase-project-id          = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/firebase-project-id"
      firebase-service-account-key = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/firebase-service-account-key"
      jwt-secret                   = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/jwt-secret"
      redis-auth-token             = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/redis-auth-token"
      jwt-secret-alternates        = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/jwt-secret-alternates"
      db-password-alternates       = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/db-password-alternates"
      weather-api-key              = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/rainbow-seeker/staging/weather-api-key"
    }
  }
}

override_resource {
  target          = module.platform.module.database.aws_db_instance.this
  override_during = plan

  values = {
    port               = 5432
    address            = "rainbow-seeker-db-staging.abc123.ap-northeast-1.rds.amazonaws.com"
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf" }]
  }
}

override_resource {
  target          = module.platform.module.backup.aws_iam_role.task
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/ecsBackupTaskRole-staging" }
}

override_resource {
  target          = module.platform.module.registry["api"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api-staging" }
}

override_resource {
  target          = module.platform.module.registry["ml"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-ml-staging" }
}

override_resource {
  target          = module.platform.module.registry["backup"].aws_ecr_repository.this
  override_during = plan
  values          = { arn = "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-backup-staging" }
}

override_resource {
  target          = module.platform.module.api.module.task.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api-staging" }
}

override_resource {
  target          = module.platform.module.ml.module.task.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-ml-staging" }
}

override_resource {
  target          = module.platform.module.migration.aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-migrate-staging" }
}

override_resource {
  target          = module.platform.module.backup.module.task["backup"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-backup-staging" }
}

override_resource {
  target          = module.platform.module.backup.module.task["restore"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-restore-staging" }
}

override_resource {
  target          = module.platform.module.load_balancer.aws_lb_listener_rule.maintenance[0]
  override_during = plan
  values          = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener-rule/app/rainbow-seeker-alb-staging/0123456789abcdef/1/2" }
}

variables {
  maintenance     = { body = "<p>We will be back soon." }
  certificate_arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
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
      api = ["rainbow-seeker-cluster-staging", "rainbow-seeker-api-staging", "api", "rolling", "rainbow-seeker-api-staging", ["rainbow-seeker-elb-5xx-staging", "rainbow-seeker-http-5xx-staging", "rainbow-seeker-latency-staging"]]
      ml  = ["rainbow-seeker-cluster-staging", "rainbow-seeker-ml-staging", "ml", "rolling", "rainbow-seeker-ml-staging", []]
    })
    error_message = "The deployment contract names other things than there are."
  }

  assert {
    condition     = module.platform.deployment.environment == "staging" && jsonencode(module.platform.deployment.tasks.backup) == jsonencode({ bucket = "rainbow-seeker-backups-staging", families = ["rainbow-seeker-backup-staging", "rainbow-seeker-restore-staging"] }) && module.platform.deployment.tasks.migration.container == "migrate"
    error_message = "The deployment contract names other tasks than there are."
  }

  assert {
    condition     = toset(keys(module.platform.deployment.variables)) == toset(["STAGING_AWS_BACKUP_ROLE", "STAGING_AWS_BUILD_ROLE", "STAGING_AWS_DEPLOY_ROLE", "STAGING_AWS_EMERGENCY_ROLE", "STAGING_MAINTENANCE_RULE", "STAGING_AWS_PRUNE_ROLE", "STAGING_SERVICE_URL"])
    error_message = "The variables of the repository are not those of docs/variables.md."
  }

  assert {
    condition     = module.platform.deployment.variables.STAGING_MAINTENANCE_RULE == module.platform.deployment.maintenance_rule_arn && endswith(module.platform.deployment.maintenance_rule_arn, ":listener-rule/app/rainbow-seeker-alb-staging/0123456789abcdef/1/2")
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
