# Where alarms are sent: one encrypted SNS topic, with subscriptions for e-mail and, by choice, a Slack channel.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# For its region: the attributes of aws_region differ between versions 5 and 6 of the provider.
data "aws_service" "sns" {
  service_id = "sns"
}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_service.sns.region

  arn_prefix = "arn:${data.aws_partition.current.partition}"

  # Written out, so that a plan shows the policy.
  topic_arn = "${local.arn_prefix}:sns:${local.region}:${local.account}:${var.name}-alerts${var.suffix}"
}

# A key of our own, because alarms cannot publish to a topic that is encrypted with alias/aws/sns: its policy, which
# nobody can change, does not admit CloudWatch.
# https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
# The statement for CloudWatch is the one of that page and has no conditions: which alarms may publish is decided by the
# policy of the topic, and the key encrypts nothing else.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109: the policy of a key; the account must be able to manage it.
  #checkov:skip=CKV_AWS_111: the policy of a key; the account must be able to manage it.
  #checkov:skip=CKV_AWS_356: in the policy of a key, "*" is the key itself.
  statement {
    sid       = "AdministerKey"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.arn_prefix}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "EncryptAlarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "alerts" {
  description             = "Encrypts the SNS topic rainbow-seeker-alerts${var.suffix}"
  policy                  = data.aws_iam_policy_document.key.json
  enable_key_rotation     = true
  deletion_window_in_days = 7

  tags = { Name = "${var.name}-alerts${var.suffix}" }
}

resource "aws_kms_alias" "alerts" {
  name          = "alias/${var.name}-alerts${var.suffix}"
  target_key_id = aws_kms_key.alerts.key_id
}

resource "aws_sns_topic" "alerts" {
  name              = "${var.name}-alerts${var.suffix}"
  kms_master_key_id = aws_kms_key.alerts.arn

  tags = { Name = "${var.name}-alerts${var.suffix}" }
}

# Only alarms of this account and region publish. Replaces the policy that SNS gives to each new topic, under which
# every identity of the account can publish.
data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "PublishAlarms"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.arn_prefix}:cloudwatch:${local.region}:${local.account}:alarm:*"]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = var.alert_emails
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}
