# Permissions of the jobs that back up and prune. The dumps are created and read by a task with a role of its own.

data "aws_iam_policy_document" "backup" {
  # This action does not support narrower resources.
  statement {
    sid       = "ReadDefinitions"
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }

  statement {
    sid       = "RegisterRevisions"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = [for family in var.backup.families : "${var.ecs_arn_prefix}:task-definition/${family}:*"]
  }

  # The task gets roles that reach the database and the bucket: only in the cluster that they are for.
  statement {
    sid       = "Run"
    actions   = ["ecs:RunTask"]
    resources = [for family in var.backup.families : "${var.ecs_arn_prefix}:task-definition/${family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  # The revision is registered with the tags of the one that it is made from, which ECS authorizes separately.
  statement {
    sid       = "TagWhatIsRegistered"
    actions   = ["ecs:TagResource"]
    resources = [for family in var.backup.families : "${var.ecs_arn_prefix}:task-definition/${family}:*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RegisterTaskDefinition"]
    }
  }

  statement {
    sid       = "FindNetwork"
    actions   = ["ecs:DescribeServices"]
    resources = ["${var.ecs_arn_prefix}:service/${var.cluster_name}/${var.backup.service}"]
  }

  statement {
    sid       = "FollowAndStop"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["${var.ecs_arn_prefix}:task/${var.cluster_name}/*"]
  }

  statement {
    sid       = "GiveTasksTheirRoles"
    actions   = ["iam:PassRole"]
    resources = var.backup.task_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = [for arn in var.backup.log_group_arns : "${arn}:*"]
  }

  statement {
    sid       = "ReadManifests"
    actions   = ["s3:GetObject"]
    resources = ["${var.backup.bucket_arn}/*/manifest.json"]
  }

  statement {
    sid       = "ListBackups"
    actions   = ["s3:ListBucket"]
    resources = [var.backup.bucket_arn]
  }
}

# Without s3:DeleteObjectVersion, what is deleted stays in the versioned bucket until its noncurrent versions expire, so
# that backups which a compromised job has pruned can be brought back.
data "aws_iam_policy_document" "prune" {
  statement {
    sid       = "ListBackups"
    actions   = ["s3:ListBucket"]
    resources = [var.backup.bucket_arn]
  }

  statement {
    sid       = "LookAtAndRemove"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention"]
    resources = ["${var.backup.bucket_arn}/database/*"]
  }
}
