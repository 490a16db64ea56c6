# Backups of the database: the tasks that create, verify and restore them inside the VPC, their permissions, and an
# alarm for missing backups (alarm.tf).

locals {
  connection = {
    PGHOST     = var.database.host
    PGPORT     = tostring(var.database.port)
    PGDATABASE = var.database.name
    PGSSLMODE  = var.database.ssl
  }

  # Two tasks with the same image: a restore connects as the master user, a backup does not. Each has an execution role
  # of its own, so that the password of the one is not given to the other.
  tasks = {
    backup  = { user = "rainbow_backup", password = var.database.secrets.backup, execution_role = "ecsBackupExecutionRole${var.suffix}" }
    restore = { user = "postgres", password = var.database.secrets.master, execution_role = "ecsRestoreExecutionRole${var.suffix}" }
  }
}

module "task" {
  for_each                 = local.tasks
  source                   = "../task"
  family                   = "${var.name}-${each.key}${var.suffix}"
  image                    = var.image
  cpu                      = 1024
  memory                   = 2048
  ephemeral_storage        = var.ephemeral_storage
  execution_role           = { name = each.value.execution_role }
  task_role                = { arn = aws_iam_role.task.arn }
  repository_arns          = var.repository_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  log_retention_days       = var.log_retention_days

  container = {
    name         = "backup"
    environment  = merge(local.connection, var.environment, { PGUSER = each.value.user })
    secrets      = { PGPASSWORD = each.value.password }
    writable_tmp = true
  }
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

resource "aws_iam_role" "task" {
  name                 = "ecsBackupTaskRole${var.suffix}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

# It can create objects and read them, but neither delete nor overwrite any: a compromised task cannot destroy existing
# backups. S3 refuses a write with If-None-Match where the object exists, and these statements allow no other writes.
# Multipart uploads are created and filled without the header, and completed with it. After
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
data "aws_iam_policy_document" "task" {
  statement {
    sid       = "ReadBackups"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject"]
    resources = ["${var.bucket.arn}/database/*"]
  }

  statement {
    sid       = "WriteNewObjects"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket.arn}/database/*"]

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  statement {
    sid       = "UploadParts"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket.arn}/database/*"]

    condition {
      test     = "Bool"
      variable = "s3:ObjectCreationOperation"
      values   = ["false"]
    }
  }

  # The only object that is ever written again; If-Match makes it the holder's own.
  statement {
    sid       = "RenewLock"
    actions   = ["s3:PutObject"]
    resources = ["${var.bucket.arn}/database/*/lock.json"]

    condition {
      test     = "Null"
      variable = "s3:if-match"
      values   = ["false"]
    }
  }

  statement {
    sid       = "FindBackups"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.bucket.arn]
  }

  statement {
    sid       = "SendMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [var.metric_namespace]
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "backups"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}
