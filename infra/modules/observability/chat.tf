# Alarms in a Slack channel, by choice: Amazon Q Developer in chat applications, which was AWS Chatbot and still has its
# API and its principal. Slack's workspace is authorized once in the console; Terraform cannot do that.
# https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html

data "aws_iam_policy_document" "chat_trust" {
  count = var.slack == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# What a notification shows: the alarm and a graph of its metrics. None of these actions knows resources, except the
# first, which has to list them all.
data "aws_iam_policy_document" "chat" {
  #checkov:skip=CKV_AWS_356: reading metrics and alarms supports no narrower resources.
  count = var.slack == null ? 0 : 1

  statement {
    sid       = "ShowAlarms"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "chat" {
  count                = var.slack == null ? 0 : 1
  name                 = "${var.name}-chat${var.suffix}"
  assume_role_policy   = data.aws_iam_policy_document.chat_trust[0].json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "chat" {
  count  = var.slack == null ? 0 : 1
  name   = "show-alarms"
  role   = aws_iam_role.chat[0].id
  policy = data.aws_iam_policy_document.chat[0].json
}

resource "aws_chatbot_slack_channel_configuration" "alerts" {
  count              = var.slack == null ? 0 : 1
  configuration_name = "${var.name}-alerts${var.suffix}"
  slack_team_id      = var.slack.team_id
  slack_channel_id   = var.slack.channel_id
  iam_role_arn       = aws_iam_role.chat[0].arn
  sns_topic_arns     = [aws_sns_topic.alerts.arn]
  logging_level      = "ERROR"

  # Without one, the guardrail is AdministratorAccess: people in the channel could be given any permission.
  # https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
  guardrail_policy_arns = ["${local.arn_prefix}:iam::aws:policy/CloudWatchReadOnlyAccess"]
}
