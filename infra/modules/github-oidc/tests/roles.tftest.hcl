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
  provider_arn          = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  image_repository_arns = ["arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api-staging"]
  ecs_arn_prefix        = "arn:aws:ecs:ap-northeast-1:123456789012"
  cluster_arn           = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging"
  cluster_name          = "rainbow-seeker-cluster-staging"
  services              = ["rainbow-seeker-api-staging"]
  families              = ["rainbow-seeker-api-staging", "rainbow-seeker-migrate-staging"]
  migration_family      = "rainbow-seeker-migrate-staging"
  task_role_arns        = ["arn:aws:iam::123456789012:role/ecsTaskExecutionRole-staging"]
  log_group_arns        = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api-staging"]
  audit_log_group_arn   = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker-staging"
  secret_arns           = ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1-AbCdEf"]

  backup = {
    families       = ["rainbow-seeker-backup-staging"]
    task_role_arns = ["arn:aws:iam::123456789012:role/ecsBackupTaskRole-staging"]
    log_group_arns = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-backup-staging"]
    bucket_arn     = "arn:aws:s3:::rainbow-seeker-backups-staging"
    service        = "rainbow-seeker-api-staging"
  }

  emergency = {
    maintenance_rule = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener-rule/app/rainbow-seeker-alb-staging/1/2/3" }

    protection = {
      family         = "rainbow-seeker-restore-staging"
      task_role_arns = ["arn:aws:iam::123456789012:role/ecsRestoreExecutionRole-staging"]
      log_group_arns = ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-restore-staging"]
    }
  }
}

run "one_repository_and_no_wildcard" {
  command = plan

  assert {
    condition     = aws_iam_role.this["build"].name == "rainbow-seeker-github-build-staging" && aws_iam_role.this["deploy"].name == "rainbow-seeker-github-deploy-staging"
    error_message = "The roles have other names."
  }

  # test/roles evaluates the trust of staging and production for the tokens of all kinds of jobs.
  assert {
    condition     = { for name, claims in local.claims : name => claims.sub } == { build = ["repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main"], deploy = ["repo:rainbow-seeker/deploy-toolkit:environment:staging"], backup = ["repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main"], prune = ["repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main"], emergency = ["repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main"] }
    error_message = "Other jobs than those of this repository's branch and environment may come in."
  }

  assert {
    condition     = alltrue([for document in values(data.aws_iam_policy_document.trust) : !can(regex("[*?]|Like", document.json))])
    error_message = "The trust of a role contains a pattern."
  }

  assert {
    condition     = alltrue([for document in values(local.policies) : !can(regex("\"[a-z]+:\\*\"", document))])
    error_message = "A policy allows all actions of a service."
  }

  # Actions without narrower resources: the login to ECR, reading task definitions, rules and autoscaling, finding log groups,
  # and listing tasks, which a condition limits to the cluster.
  assert {
    condition = toset(flatten([
      for document in values(local.policies) : [for statement in jsondecode(document).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")]
    ])) == toset(["BuildPushLogIn", "DeployReadDefinitions", "DeployListTasks", "DbBackupOnlyWithNetworkEcsReadDefinition"])
    error_message = "More statements than have to be are for all resources."
  }
}

# test/roles compares them with the policies of the actions.
run "each_role_has_the_actions_of_its_jobs" {
  command = plan

  assert {
    condition = { for role, document in local.policies : role => sort(distinct(flatten(jsondecode(document).Statement[*].Action))) } == {
      backup = tolist([
        "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:RegisterTaskDefinition", "ecs:RunTask",
        "ecs:StopTask", "ecs:TagResource", "iam:PassRole", "logs:CreateLogStream", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents",
        "s3:GetObject", "s3:ListBucket",
      ])
      build = tolist([
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImageScanFindings",
        "ecr:DescribeRepositories", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload",
        "ecr:PutImage", "ecr:StartImageScan", "ecr:UploadLayerPart",
      ])
      deploy = tolist([
        "application-autoscaling:DescribeScalableTargets", "application-autoscaling:RegisterScalableTarget",
        "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "ecr:BatchGetImage", "ecr:DescribeImages",
        "ecr:DescribePullThroughCacheRules", "ecs:ContinueServiceDeployment", "ecs:DescribeServiceDeployments",
        "ecs:DescribeServiceRevisions", "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks",
        "ecs:ListServiceDeployments", "ecs:ListTaskDefinitions", "ecs:ListTasks", "ecs:RegisterTaskDefinition", "ecs:RunTask",
        "ecs:StopServiceDeployment", "ecs:TagResource", "ecs:UpdateService", "iam:PassRole", "logs:CreateLogStream",
        "logs:DescribeLogGroups", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents", "secretsmanager:DescribeSecret", "ssm:DescribeParameters",
      ])
      emergency = tolist([
        "application-autoscaling:DescribeScalableTargets", "application-autoscaling:RegisterScalableTarget",
        "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:RegisterTaskDefinition", "ecs:RunTask",
        "ecs:StopTask", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService", "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:ModifyRule", "iam:PassRole", "logs:CreateLogStream", "logs:FilterLogEvents", "logs:GetLogEvents",
        "logs:PutLogEvents",
      ])
      prune = tolist(["logs:CreateLogStream", "logs:PutLogEvents", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:ListBucket"])
    }
    error_message = "A role has other actions than its jobs need."
  }

  assert {
    condition = { for role, document in local.policies : role => flatten([for statement in jsondecode(document).Statement : try(statement.Condition, [])]) } == {
      build = []
      prune = []
      emergency = [
        { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging" } },
        { StringEquals = { "application-autoscaling:service-namespace" = "ecs" } },
        { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } },
        { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } },
      ]
      backup = [
        { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging" } },
        { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } },
        { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } },
      ]
      deploy = [
        { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging" } },
        { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster-staging" } },
        { StringEquals = { "application-autoscaling:service-namespace" = "ecs" } },
        { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } },
      ]
    }
    error_message = "A role has other conditions than the policies of its actions."
  }

  assert {
    condition = { for role, document in local.policies : role => sort(distinct(flatten(jsondecode(document).Statement[*].Resource))) } == {
      backup = tolist([
        "*",
        "arn:aws:ecs:ap-northeast-1:123456789012:service/rainbow-seeker-cluster-staging/rainbow-seeker-api-staging",
        "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-backup-staging:*",
        "arn:aws:ecs:ap-northeast-1:123456789012:task/rainbow-seeker-cluster-staging/*",
        "arn:aws:iam::123456789012:role/ecsBackupTaskRole-staging",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker-staging:*",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-backup-staging:*",
        "arn:aws:s3:::rainbow-seeker-backups-staging",
        "arn:aws:s3:::rainbow-seeker-backups-staging/*/manifest.json",
      ])
      build = tolist(["*", "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api-staging"])
      deploy = tolist([
        "*",
        "arn:aws:application-autoscaling:ap-northeast-1:123456789012:scalable-target/*",
        "arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api-staging",
        "arn:aws:ecs:ap-northeast-1:123456789012:service-deployment/rainbow-seeker-cluster-staging/rainbow-seeker-api-staging/*",
        "arn:aws:ecs:ap-northeast-1:123456789012:service-revision/rainbow-seeker-cluster-staging/rainbow-seeker-api-staging/*",
        "arn:aws:ecs:ap-northeast-1:123456789012:service/rainbow-seeker-cluster-staging/rainbow-seeker-api-staging",
        "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-api-staging:*",
        "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-migrate-staging:*",
        "arn:aws:ecs:ap-northeast-1:123456789012:task/rainbow-seeker-cluster-staging/*",
        "arn:aws:iam::123456789012:role/ecsTaskExecutionRole-staging",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker-staging:*",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-api-staging:*",
        "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1-AbCdEf",
      ])
      emergency = tolist([
        "*",
        "arn:aws:application-autoscaling:ap-northeast-1:123456789012:scalable-target/*",
        "arn:aws:ecs:ap-northeast-1:123456789012:service/rainbow-seeker-cluster-staging/rainbow-seeker-api-staging",
        "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-restore-staging:*",
        "arn:aws:ecs:ap-northeast-1:123456789012:task/rainbow-seeker-cluster-staging/*",
        "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:listener-rule/app/rainbow-seeker-alb-staging/1/2/3",
        "arn:aws:iam::123456789012:role/ecsRestoreExecutionRole-staging",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker-staging:*",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/rainbow-seeker-restore-staging:*",
      ])
      prune = tolist([
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker-staging:*",
        "arn:aws:s3:::rainbow-seeker-backups-staging", "arn:aws:s3:::rainbow-seeker-backups-staging/database/*",
      ])
    }
    error_message = "A role has other resources than those of its environment."
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  assert {
    condition     = alltrue([for document in values(local.policies) : length(document) <= 10240 / 2])
    error_message = "A policy leaves little room for more services: a role's inline policies have 10,240 characters together."
  }
}

run "inside_a_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.this) : role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"])
    error_message = "A role is outside of the boundary."
  }
}

run "records_are_added_and_nothing_else_to_their_log_group" {
  command = plan

  assert {
    condition = { for role, document in local.policies : role => join(" ", sort(flatten([for statement in jsondecode(document).Statement : statement.Action if strcontains(jsonencode(statement.Resource), "/audit/")]))) } == {
      build     = ""
      deploy    = "logs:CreateLogStream logs:PutLogEvents"
      backup    = "logs:CreateLogStream logs:PutLogEvents"
      prune     = "logs:CreateLogStream logs:PutLogEvents"
      emergency = "logs:CreateLogStream logs:PutLogEvents"
    }
    error_message = "A role may do something else with the audit trail than add records, or cannot add any."
  }
}

run "without_an_audit_trail_no_role_writes_a_log" {
  command = plan

  variables {
    audit_log_group_arn = null
  }

  assert {
    condition     = alltrue([for document in values(local.policies) : !strcontains(document, "logs:PutLogEvents") && !strcontains(document, "logs:CreateLogStream")])
    error_message = "A role may write logs that nobody named."
  }
}

run "a_pattern_of_log_groups_is_refused" {
  command = plan

  variables {
    audit_log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/*"
  }

  expect_failures = [var.audit_log_group_arn]
}

run "who_writes_backups_cannot_delete_them" {
  command = plan

  assert {
    condition     = !strcontains(local.policies["backup"], "Delete") && !strcontains(local.policies["prune"], "RunTask") && !strcontains(local.policies["prune"], "PutObject")
    error_message = "One role may both write and delete backups."
  }
}

run "in_an_emergency_nobody_reads_or_removes_backups" {
  command = plan

  assert {
    condition     = !can(regex("\"s3:", local.policies["emergency"]))
    error_message = "The role of emergencies has access to a bucket."
  }
}

run "without_a_database_services_are_stopped_and_resumed" {
  command = plan

  variables {
    backup    = null
    emergency = {}
  }

  assert {
    condition     = sort(distinct(flatten(jsondecode(local.policies["emergency"]).Statement[*].Action))) == tolist(["application-autoscaling:DescribeScalableTargets", "application-autoscaling:RegisterScalableTarget", "ecs:DescribeServices", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateService", "logs:CreateLogStream", "logs:PutLogEvents"])
    error_message = "Without a rule and without a task, the role has other actions than those of service-control."
  }
}

run "no_role_for_emergencies" {
  command = plan

  variables {
    emergency = null
  }

  assert {
    condition     = keys(output.role_arns) == ["backup", "build", "deploy", "prune"]
    error_message = "A role that nobody asked for."
  }
}

# A role session cannot last longer than the role allows: the jobs of the workflows run this long.
run "sessions_last_as_long_as_their_jobs" {
  command = plan

  assert {
    condition     = { for name, role in aws_iam_role.this : name => role.max_session_duration } == { build = 3600, deploy = 7200, backup = 21600, prune = 3600, emergency = 3600 }
    error_message = "A session ends before its job, or long after it."
  }
}

run "with_ids_the_immutable_subject_is_trusted_too" {
  command = plan

  variables {
    repository_id       = 456789
    repository_owner_id = 123456
  }

  assert {
    condition     = local.claims.build.sub == ["repo:rainbow-seeker/deploy-toolkit:ref:refs/heads/main", "repo:rainbow-seeker@123456/deploy-toolkit@456789:ref:refs/heads/main"]
    error_message = "Not exactly the two forms of a subject are trusted."
  }

  assert {
    condition     = alltrue([for claims in values(local.claims) : claims.repository_id == ["456789"]])
    error_message = "A repository that gets the same name later may come in."
  }
}

run "workflows_of_another_repository" {
  command = plan

  variables {
    workflows  = { repository = "rainbow-seeker/deploy-toolkit", ref = "refs/tags/v1" }
    repository = "a-company_emu/shop"
    any_branch = true
  }

  assert {
    condition     = local.claims.build.job_workflow_ref == ["rainbow-seeker/deploy-toolkit/.github/workflows/build.yml@refs/tags/v1"]
    error_message = "The workflows are not those of the other repository at its ref."
  }
}

# AWS counts at most 2,048 characters without white space in a trust policy, unless the quota is raised.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
run "the_longest_names_fit_into_a_trust_policy" {
  command = plan

  variables {
    repository          = "${join("", [for number in range(39) : "o"])}/${join("", [for number in range(100) : "r"])}"
    repository_id       = 9999999999
    repository_owner_id = 9999999999
    branch              = join("", [for number in range(100) : "b"])
  }

  assert {
    condition     = alltrue([for document in values(data.aws_iam_policy_document.trust) : length(replace(document.json, "/\\s/", "")) <= 2048])
    error_message = "A trust policy is longer than AWS accepts."
  }
}

run "a_task_runs_in_its_cluster_only" {
  command = plan

  assert {
    condition = alltrue([
      for statement in flatten([for document in values(local.policies) : jsondecode(document).Statement]) :
      try(statement.Condition.ArnEquals["ecs:cluster"], "") == var.cluster_arn if contains(flatten([statement.Action]), "ecs:RunTask")
    ])
    error_message = "A role may run a task in another cluster."
  }
}

run "a_pattern_is_refused" {
  command = plan

  variables {
    repository = "rainbow-seeker/*"
  }

  expect_failures = [var.repository]
}

run "a_pattern_of_branches_is_refused" {
  command = plan

  variables {
    branch = "release/*"
  }

  expect_failures = [var.branch]
}

run "a_policy_variable_as_the_branch_is_refused" {
  command = plan

  variables {
    branch = "$${aws:username}"
  }

  expect_failures = [var.branch]
}

run "a_pattern_of_environments_is_refused" {
  command = plan

  variables {
    environment = "prod?"
  }

  expect_failures = [var.environment]
}

run "a_repository_with_ids_in_its_name_is_refused" {
  command = plan

  variables {
    repository = "rainbow-seeker@1/deploy-toolkit@2"
  }

  expect_failures = [var.repository]
}

run "an_id_that_is_not_a_number_is_refused" {
  command = plan

  variables {
    repository_id       = "*"
    repository_owner_id = 123456
  }

  expect_failures = [var.repository_id]
}

run "an_owner_id_that_is_not_a_number_is_refused" {
  command = plan

  variables {
    repository_id       = 456789
    repository_owner_id = "?"
  }

  expect_failures = [var.repository_owner_id]
}

run "half_of_the_ids_is_refused" {
  command = plan

  variables {
    repository_id = 456789
  }

  expect_failures = [var.repository_owner_id]
}

run "a_short_ref_of_workflows_is_refused" {
  command = plan

  variables {
    workflows = { repository = "rainbow-seeker/deploy-toolkit", ref = "v1" }
  }

  expect_failures = [var.workflows]
}

run "a_pattern_of_workflows_is_refused" {
  command = plan

  variables {
    workflows = { repository = "rainbow-seeker/*", ref = "refs/tags/v1" }
  }

  expect_failures = [var.workflows]
}

run "a_pattern_of_refs_of_workflows_is_refused" {
  command = plan

  variables {
    workflows = { repository = "rainbow-seeker/deploy-toolkit", ref = "refs/tags/v*" }
  }

  expect_failures = [var.workflows]
}

# Staging tries out the images of production: its deployments look whether they exist, and nothing of staging pushes them.
run "images_of_another_environment_are_looked_up_and_not_pushed" {
  command = plan

  variables {
    pull_repository_arns = ["arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api"]
  }

  assert {
    condition = jsonencode({
      for role, policy in local.policies : role => flatten([
        for statement in jsondecode(policy).Statement : statement.Action if contains(statement.Resource, "arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api")
      ]) if strcontains(policy, "210987654321")
    }) == jsonencode({ deploy = ["ecr:BatchGetImage", "ecr:DescribeImages"] })
    error_message = "A role may do something else with the images of the other environment, or cannot look them up."
  }
}
