# The form of a repository that calls the reusable workflows of this one, without a database: no backups, no migration.
# Plans only: documents are rendered by the real provider, without an AWS account.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name                  = "shop"
  repository            = "a-company/shop"
  repository_id         = 456789
  repository_owner_id   = 123456
  workflows             = { repository = "rainbow-seeker/deploy-toolkit", ref = "0123456789abcdef0123456789abcdef01234567" }
  environment           = "production"
  provider_arn          = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  image_repository_arns = ["arn:aws:ecr:ap-northeast-1:123456789012:repository/shop"]
  cluster_arn           = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/shop"
  services              = ["shop"]
  task_role_arns        = ["arn:aws:iam::123456789012:role/shop-execution"]
  log_group_arns        = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/shop"]
}

run "builds_and_deploys_and_nothing_else" {
  command = plan

  assert {
    condition     = toset(keys(aws_iam_role.this)) == toset(["build", "deploy"]) && toset(keys(aws_iam_role_policy.this)) == toset(["build", "deploy"])
    error_message = "There is a role for what this repository does not do."
  }

  assert {
    condition     = aws_iam_role.this["build"].name == "shop-github-build" && aws_iam_role.this["deploy"].name == "shop-github-deploy"
    error_message = "The roles have other names."
  }

  assert {
    condition     = !strcontains(local.policies["deploy"], "ecs:RunTask\"") && !strcontains(local.policies["build"], "ecs:")
    error_message = "Without a migration, a task may be run all the same."
  }

  assert {
    condition = sort(distinct([for resource in flatten(jsondecode(local.policies["deploy"]).Statement[*].Resource) : resource if strcontains(resource, ":ecs:")])) == tolist([
      "arn:aws:ecs:ap-northeast-1:123456789012:service-deployment/shop/shop/*",
      "arn:aws:ecs:ap-northeast-1:123456789012:service-revision/shop/shop/*",
      "arn:aws:ecs:ap-northeast-1:123456789012:service/shop/shop",
      "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/shop:*",
      "arn:aws:ecs:ap-northeast-1:123456789012:task/shop/*",
    ])
    error_message = "The deployment is for other resources than those of the service, in the cluster of cluster_arn."
  }
}

run "trusts_the_commit_that_its_workflows_are_pinned_to" {
  command = plan

  assert {
    condition = { for name, claims in local.claims : name => sort(claims.job_workflow_ref) } == {
      build = tolist(["rainbow-seeker/deploy-toolkit/.github/workflows/build.yml@0123456789abcdef0123456789abcdef01234567"])
      deploy = tolist([
        "rainbow-seeker/deploy-toolkit/.github/workflows/deploy-service.yml@0123456789abcdef0123456789abcdef01234567",
        "rainbow-seeker/deploy-toolkit/.github/workflows/rollback-service.yml@0123456789abcdef0123456789abcdef01234567",
      ])
    }
    error_message = "Other workflows than those that are called may assume a role."
  }

  assert {
    condition     = local.claims.deploy.sub == ["repo:a-company/shop:environment:production", "repo:a-company@123456/shop@456789:environment:production"] && local.claims.deploy.ref == ["refs/heads/main"]
    error_message = "Not exactly the two forms of the subject of a deployment from main are trusted."
  }
}

run "with_a_migration_only_that_task_may_be_run" {
  command = plan

  variables {
    migration_family = "shop-migrate"
  }

  assert {
    condition = flatten([
      for statement in jsondecode(local.policies["deploy"]).Statement : statement.Resource if contains(statement.Action, "ecs:RunTask")
    ]) == ["arn:aws:ecs:ap-northeast-1:123456789012:task-definition/shop-migrate:*"]
    error_message = "Another task than the migration may be run, or the migration may not."
  }

  assert {
    condition = flatten([
      for statement in jsondecode(local.policies["deploy"]).Statement : statement.Resource if contains(statement.Action, "ecs:RegisterTaskDefinition")
    ]) == ["arn:aws:ecs:ap-northeast-1:123456789012:task-definition/shop-migrate:*", "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/shop:*"]
    error_message = "Revisions can be registered of other families than those of the service and its migration."
  }
}

run "a_name_instead_of_the_cluster_s_ARN_is_refused" {
  command = plan

  variables {
    cluster_arn = "shop"
  }

  expect_failures = [var.cluster_arn]
}

run "workflows_of_its_own_share_one_role_that_builds_too" {
  command = plan

  variables {
    workflows     = null
    own_workflows = ["rollback.yml", "deploy.yml"]
  }

  assert {
    condition     = keys(aws_iam_role.this) == ["deploy"] && strcontains(local.policies["deploy"], "ecr:PutImage") && !strcontains(local.policies["deploy"], "ecr:CreateRepository")
    error_message = "There is not one role that builds and deploys."
  }

  assert {
    condition     = local.claims.deploy.job_workflow_ref == ["a-company/shop/.github/workflows/deploy.yml@refs/heads/main", "a-company/shop/.github/workflows/rollback.yml@refs/heads/main"] && local.claims.deploy.environment == ["production"]
    error_message = "Other jobs than those of the two workflows, in the environment, may assume the role."
  }
}

run "own_workflows_beside_those_of_another_repository_are_refused" {
  command = plan

  variables {
    own_workflows = ["deploy.yml"]
  }

  expect_failures = [var.own_workflows]
}

run "a_pattern_of_own_workflows_is_refused" {
  command = plan

  variables {
    workflows     = null
    own_workflows = ["*.yml"]
  }

  expect_failures = [var.own_workflows]
}
