# Trust and permissions of the roles. Plans only: documents are rendered by the real provider, without an AWS account.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  suffix                = "-staging"
  repository            = "rainbow-seeker/deploy-toolkit"
  branch                = "main"
  environment           = "staging"
  create_provider       = true
  image_repository_arns = ["arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api-staging"]
  ecs_arn_prefix        = "arn:aws:ecs:ap-northeast-1:123456789012"
  cluster_arn           = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging"
  cluster_name          = "rainbow-seeker-cluster-staging"
  services              = ["rainbow-seeker-api-staging"]
  families              = ["rainbow-seeker-api-staging", "rainbow-seeker-migrate-staging"]
  migration_family      = "rainbow-seeker-migrate-staging"
  task_role_arns        = ["arn:aws:iam::123456789012:role/ecsTaskExecutionRole-staging"]
  log_group_arns        = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api-staging"]

  backup = {
    families       = ["rainbow-seeker-backup-staging"]
    task_role_arns = ["arn:aws:iam::123456789012:role/ecsBackupTaskRole-staging"]
    log_group_arns = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-backup-staging"]
    bucket_arn     = "arn:aws:s3:::rainbow-seeker-backups-staging"
    service        = "rainbow-seeker-api-staging"
  }
}

run "one_repository_and_no_wildcard" {
  command = plan

  assert {
    condition     = aws_iam_role.this["build"].name == "rainbow-seeker-github-build-staging" && aws_iam_role.this["deploy"].name == "rainbow-seeker-github-deploy-staging"
    error_message = "The roles have other names."
  }

  assert {
    condition     = local.subjects == { build = "repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main", deploy = "repo:rainbow-seeker/deploy-toolkit:environment:staging", backup = "repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main", prune = "repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main" }
    error_message = "Other jobs than those of this repository's branch and environment may come in."
  }

  assert {
    condition     = alltrue([for document in values(local.policies) : !can(regex("\"[a-z]+:\\*\"", document))])
    error_message = "A policy allows all actions of a service."
  }

  # Actions without narrower resources: the login to ECR, reading task definitions, finding parameters and log groups,
  # and listing tasks, which a condition limits to the cluster.
  assert {
    condition = toset(flatten([
      for document in values(local.policies) : [for statement in jsondecode(document).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")]
    ])) == toset(["LogIn", "ReadDefinitionsParametersLogGroups", "ListTasks", "ReadDefinitions"])
    error_message = "More statements than have to be are for all resources."
  }
}

run "who_writes_backups_cannot_delete_them" {
  command = plan

  assert {
    condition     = !strcontains(local.policies["backup"], "Delete") && !strcontains(local.policies["prune"], "RunTask") && !strcontains(local.policies["prune"], "PutObject")
    error_message = "One role may both write and delete backups."
  }
}

run "a_pattern_is_refused" {
  command = plan

  variables {
    repository = "rainbow-seeker/*"
  }

  expect_failures = [var.repository]
}
