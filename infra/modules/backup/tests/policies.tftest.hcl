# What tasks may do, statement by statement, so that a review sees each right that comes or goes; and what others are told
# of the tasks.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  suffix             = "-staging"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-backup-staging:none-yet"
  bucket             = { name = "rainbow-seeker-backups-staging", arn = "arn:aws:s3:::rainbow-seeker-backups-staging" }
  alerts_topic_arn   = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts-staging"
  log_retention_days = 30
  ephemeral_storage  = 105
  metric_namespace   = "RainbowSeeker-staging"

  database = {
    host    = "rainbow-seeker-db-staging.example.com"
    port    = 5432
    name    = "shiojiri_rainbow"
    ssl     = "verify-full"
    secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" }
  }
}

override_resource {
  target          = aws_iam_role.task
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/task", id = "task" }
}

override_resource {
  target          = module.task["backup"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/execution-backup" }
}

override_resource {
  target          = module.task["backup"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/backup" }
}

override_resource {
  target          = module.task["restore"].aws_iam_role.execution[0]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/execution-restore" }
}

override_resource {
  target          = module.task["restore"].aws_cloudwatch_log_group.this
  override_during = plan
  values          = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/restore" }
}

run "the_task_role" {
  command = plan

  assert {
    condition = jsonencode(jsondecode(data.aws_iam_policy_document.task.json).Statement) == jsonencode([
      {
        Sid      = "ReadBackups"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:AbortMultipartUpload"]
        Resource = "arn:aws:s3:::rainbow-seeker-backups-staging/database/*"
      },
      {
        Sid       = "WriteNewObjects"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::rainbow-seeker-backups-staging/database/*"
        Condition = { Null = { "s3:if-none-match" = "false" } }
      },
      {
        Sid       = "UploadParts"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::rainbow-seeker-backups-staging/database/*"
        Condition = { Bool = { "s3:ObjectCreationOperation" = "false" } }
      },
      {
        Sid       = "RenewLock"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "arn:aws:s3:::rainbow-seeker-backups-staging/database/*/lock.json"
        Condition = { Null = { "s3:if-match" = "false" } }
      },
      {
        Sid      = "FindBackups"
        Effect   = "Allow"
        Action   = ["s3:ListBucketMultipartUploads", "s3:ListBucket"]
        Resource = "arn:aws:s3:::rainbow-seeker-backups-staging"
      },
      {
        Sid       = "SendMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = "RainbowSeeker-staging" } }
      },
    ])
    error_message = "The tasks may do something else: ${data.aws_iam_policy_document.task.json}"
  }

  assert {
    condition = jsonencode(jsondecode(aws_iam_role.task.assume_role_policy).Statement) == jsonencode([
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } },
    ])
    error_message = "Somebody else than tasks of ECS has their role: ${aws_iam_role.task.assume_role_policy}"
  }

  assert {
    condition     = aws_iam_role.task.name == "ecsBackupTaskRole-staging" && aws_iam_role.task.permissions_boundary == null
    error_message = "The role has another name, or a boundary that nobody asked for."
  }

  assert {
    condition     = [aws_iam_role_policy.task.name, aws_iam_role_policy.task.role] == ["backups", "task"] && jsondecode(aws_iam_role_policy.task.policy) == jsondecode(data.aws_iam_policy_document.task.json)
    error_message = "The policy is not that of the role."
  }
}

run "with_a_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = aws_iam_role.task.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "The role has no boundary, which the account refuses."
  }
}

run "others_are_told" {
  command = plan

  assert {
    condition     = output.families == ["rainbow-seeker-backup-staging", "rainbow-seeker-restore-staging"] && output.families == [for name in ["backup", "restore"] : module.task[name].family]
    error_message = "The families are others: ${jsonencode(output.families)}"
  }

  assert {
    condition = jsonencode(output.restore) == jsonencode({
      family        = "rainbow-seeker-restore-staging"
      role_arns     = ["arn:aws:iam::123456789012:role/execution-restore", "arn:aws:iam::123456789012:role/task"]
      log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/restore"
    })
    error_message = "The task that connects as the master user is another one: ${jsonencode(output.restore)}"
  }

  assert {
    condition     = jsonencode(sort(output.role_arns)) == jsonencode([for name in ["execution-backup", "execution-restore", "task"] : "arn:aws:iam::123456789012:role/${name}"])
    error_message = "The roles are others: ${jsonencode(output.role_arns)}"
  }

  assert {
    condition     = output.log_group_arns == [for name in ["backup", "restore"] : "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/${name}"]
    error_message = "The log groups are others: ${jsonencode(output.log_group_arns)}"
  }

  assert {
    condition     = [for name in ["backup", "restore"] : module.task[name].container] == ["backup", "backup"]
    error_message = "The container has another name than db-backup looks for."
  }
}
