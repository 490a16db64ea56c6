# Flow logs: who talked to whom, and what the security groups refused.

locals {
  flow_logs_to_cloudwatch = try(var.flow_logs.destination, "") == "cloudwatch"
}

resource "aws_flow_log" "this" {
  count                    = var.flow_logs == null ? 0 : 1
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  max_aggregation_interval = 600
  log_destination_type     = local.flow_logs_to_cloudwatch ? "cloud-watch-logs" : "s3"
  log_destination          = local.flow_logs_to_cloudwatch ? aws_cloudwatch_log_group.flow_logs[0].arn : "${var.flow_logs.bucket_arn}/vpc/"
  iam_role_arn             = one(aws_iam_role.flow_logs[*].arn)
  tags                     = { Name = "${var.name}-flow-logs${var.suffix}" }
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  #checkov:skip=CKV_AWS_158: CloudWatch Logs encrypts every group; with a key of our own, whoever may read the logs could still read them.
  #checkov:skip=CKV_AWS_338: the retention is the choice of the environment.
  count             = local.flow_logs_to_cloudwatch ? 1 : 0
  name              = "/vpc/${var.name}${var.suffix}"
  retention_in_days = var.flow_logs.retention_days
}

# After https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
data "aws_iam_policy_document" "flow_logs_trust" {
  count = local.flow_logs_to_cloudwatch ? 1 : 0

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    # Not for flow logs of other accounts.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [aws_vpc.this.owner_id]
    }
  }
}

resource "aws_iam_role" "flow_logs" {
  count              = local.flow_logs_to_cloudwatch ? 1 : 0
  name               = "${var.name}-flow-logs${var.suffix}"
  assume_role_policy = data.aws_iam_policy_document.flow_logs_trust[0].json
}

data "aws_iam_policy_document" "flow_logs" {
  count = local.flow_logs_to_cloudwatch ? 1 : 0

  statement {
    sid       = "WriteFlowLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow_logs[0].arn}:*"]
  }
}

resource "aws_iam_role_policy" "flow_logs" {
  count  = local.flow_logs_to_cloudwatch ? 1 : 0
  name   = "flow-logs"
  role   = aws_iam_role.flow_logs[0].id
  policy = data.aws_iam_policy_document.flow_logs[0].json
}
