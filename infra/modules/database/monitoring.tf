# Logs, Database Insights and Enhanced Monitoring.

locals {
  # Days that the history of the load is kept: what the standard mode has free of charge, and what the advanced one needs.
  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.Considerations.html
  insights_days = { off = null, standard = 7, advanced = 465 }
}

# RDS would create these groups itself, and keep their logs for ever.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158: CloudWatch Logs encrypts every group; with a key of our own, whoever may read the logs could still read them.
  #checkov:skip=CKV_AWS_338: the retention is the choice of the environment.
  for_each          = var.log_exports
  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {
  count = var.monitoring_interval == 0 ? 0 : 1
}

data "aws_iam_policy_document" "monitoring" {
  count = var.monitoring_interval == 0 ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }

    # For this instance only: another account's could use the role through RDS otherwise.
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    condition {
      test     = "StringLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:rds:*:${data.aws_caller_identity.current[0].account_id}:db:${var.name}"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  count                = var.monitoring_interval == 0 ? 0 : 1
  name                 = "${var.name}-monitoring"
  description          = "With which RDS writes the operating system metrics of ${var.name} to CloudWatch Logs"
  assume_role_policy   = data.aws_iam_policy_document.monitoring[0].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count      = var.monitoring_interval == 0 ? 0 : 1
  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
