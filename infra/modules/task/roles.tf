# ECS uses the execution role to start the task (image, secrets, logs), the process in the container uses the task role.
# Each task has an execution role of its own, which reads the secrets of its own container and nothing else.

locals {
  execution_role_name = coalesce(var.execution_role.name, "${var.family}-execution")
  execution_role_arn  = var.execution_role.create ? aws_iam_role.execution[0].arn : var.execution_role.arn
  task_role_name      = coalesce(var.task_role.name, "${var.family}-task")
  task_role_arn       = var.task_role.create ? aws_iam_role.task[0].arn : var.task_role.arn

  # By way of a local value: a data source that names a resource itself is read after every change of that resource, and
  # the plan would show a policy that is not known yet.
  log_group_arn = aws_cloudwatch_log_group.this.arn

  # A secret of Secrets Manager may be followed by a key, a version stage and a version: ARN:password::
  parameter_arns = sort([for arn in values(var.container.secrets) : arn if strcontains(arn, ":ssm:")])
  secret_arns = sort(distinct([
    for arn in values(var.container.secrets) : join(":", slice(split(":", arn), 0, 7)) if strcontains(arn, ":secretsmanager:")
  ]))
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  count                = var.execution_role.create ? 1 : 0
  name                 = local.execution_role_name
  description          = "Starts tasks of ${var.family}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "execution" {
  dynamic "statement" {
    for_each = length(var.repository_arns) == 0 ? [] : [true]

    # This action does not support narrower resources.
    content {
      sid       = "LogInToTheRegistry"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.repository_arns) == 0 ? [] : [var.repository_arns]

    content {
      sid       = "PullImages"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = statement.value
    }
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }

  dynamic "statement" {
    for_each = length(local.parameter_arns) == 0 ? [] : [local.parameter_arns]

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.secret_arns) == 0 ? [] : [local.secret_arns]

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  # The keys that AWS manages (aws/ssm, aws/secretsmanager) need no permission here; keys of one's own do.
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
  dynamic "statement" {
    for_each = length(var.secrets_kms_key_arns) == 0 ? [] : [var.secrets_kms_key_arns]

    content {
      sid       = "DecryptSecrets"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  count  = var.execution_role.create ? 1 : 0
  name   = "start-tasks"
  role   = aws_iam_role.execution[0].id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  count                = var.task_role.create ? 1 : 0
  name                 = local.task_role_name
  description          = "Used by the containers of ${var.family}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn

  lifecycle {
    precondition {
      condition     = length(var.task_role.policies) > 0 || var.execute_command
      error_message = "The task role of ${var.family} would have no permission. Give it task_role.policies, or leave task_role out: a container that calls no AWS API needs none."
    }
  }
}

# The channels of the agent that ECS Exec starts in the container; they do not support narrower resources.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-required-iam-permissions
data "aws_iam_policy_document" "execute_command" {
  statement {
    sid = "ExecuteCommand"
    actions = [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "task" {
  for_each = !var.task_role.create ? {} : merge(
    var.task_role.policies,
    var.execute_command ? { "execute-command" = data.aws_iam_policy_document.execute_command.json } : {},
  )
  name   = each.key
  role   = aws_iam_role.task[0].id
  policy = each.value
}
