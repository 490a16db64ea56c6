# Roles of the tasks. ECS uses the execution role (image pull, secrets, logs), the process in the task the task role.
# Migrations and backups have execution roles of their own: only that of migrations may read the database's master
# password.

data "aws_iam_policy_document" "trust_ecs" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

locals {
  execution = {
    services = {
      role       = "ecsTaskExecutionRole${var.suffix}"
      parameters = ["${var.parameter_arn_prefix}/*"]
      secrets    = []
    }
    migration = {
      role       = "ecsMigrationExecutionRole${var.suffix}"
      parameters = ["${var.parameter_arn_prefix}/db-password", "${var.parameter_arn_prefix}/backup-password"]
      secrets    = [var.master_secret_arn]
    }
    backup = {
      role       = "ecsBackupExecutionRole${var.suffix}"
      parameters = ["${var.parameter_arn_prefix}/backup-password"]
      secrets    = []
    }
  }
}

resource "aws_iam_role" "execution" {
  for_each           = local.execution
  name               = each.value.role
  assume_role_policy = data.aws_iam_policy_document.trust_ecs.json
}

data "aws_iam_policy_document" "execution" {
  for_each = local.execution

  statement {
    sid       = "LogInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = var.repository_arns
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn_prefix}*"]
  }

  statement {
    sid       = "ReadParameters"
    actions   = ["ssm:GetParameters"]
    resources = each.value.parameters
  }

  dynamic "statement" {
    for_each = length(each.value.secrets) == 0 ? [] : [each.value.secrets]

    content {
      sid       = "ReadMasterPassword"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.execution
  name     = "start-tasks"
  role     = aws_iam_role.execution[each.key].id
  policy   = data.aws_iam_policy_document.execution[each.key].json
}

resource "aws_iam_role" "task" {
  name               = "ecsTaskRole${var.suffix}"
  assume_role_policy = data.aws_iam_policy_document.trust_ecs.json
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "Uploads"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${var.uploads_bucket_arn}/*"]
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "uploads"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}
