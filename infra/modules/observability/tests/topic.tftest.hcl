# The topic and whom its policies admit: policy documents are rendered by the real provider, without an AWS account.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = aws_sns_topic.alerts
  override_during = plan
  values          = { arn = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts" }
}

override_resource {
  target          = aws_kms_key.alerts
  override_during = plan
  values          = { arn = "arn:aws:kms:ap-northeast-1:123456789012:key/1", key_id = "1" }
}

variables {
  suffix                    = ""
  environment               = "production"
  metric_namespace          = "RainbowSeeker"
  cluster_name              = "rainbow-seeker-cluster"
  api_service_name          = "rainbow-seeker-api"
  ml_service_name           = "rainbow-seeker-ml"
  load_balancer_arn_suffix  = "app/rainbow-seeker-alb/1"
  target_group_arn_suffixes = ["targetgroup/rainbow-seeker-api/1"]
  database                  = { identifier = "rainbow-seeker-db", name = "shiojiri_rainbow", allocated_storage = 20 }
  cache                     = { replication_group_id = "rainbow-seeker-redis", cluster_mode = true, shards = 2, replicas_per_shard = 1 }
  alert_emails              = ["night-shift@example.com"]
}

run "topic" {
  command = plan

  assert {
    condition     = aws_sns_topic.alerts.name == "rainbow-seeker-alerts" && aws_sns_topic.alerts.kms_master_key_id == aws_kms_key.alerts.arn
    error_message = "The topic is rainbow-seeker-alerts, encrypted with its own key."
  }

  assert {
    condition     = aws_kms_key.alerts.enable_key_rotation && aws_kms_key.alerts.deletion_window_in_days == 7 && aws_kms_alias.alerts.name == "alias/rainbow-seeker-alerts" && aws_kms_alias.alerts.target_key_id == "1"
    error_message = "The key is rotated, and has the topic's name."
  }

  assert {
    condition     = jsondecode(aws_kms_key.alerts.policy) == jsondecode(data.aws_iam_policy_document.key.json) && jsondecode(aws_sns_topic_policy.alerts.policy) == jsondecode(data.aws_iam_policy_document.topic.json) && aws_sns_topic_policy.alerts.arn == aws_sns_topic.alerts.arn
    error_message = "Key and topic have their policies."
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.key.json).Statement == [
      { Sid = "AdministerKey", Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::123456789012:root" } },
      { Sid = "EncryptAlarms", Effect = "Allow", Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = "*", Principal = { Service = "cloudwatch.amazonaws.com" } },
    ]
    error_message = "The key must be usable by CloudWatch, or no alarm arrives: ${data.aws_iam_policy_document.key.json}"
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.topic.json).Statement == [{
      Sid       = "PublishAlarms"
      Effect    = "Allow"
      Action    = "sns:Publish"
      Resource  = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:*" }
      }
    }]
    error_message = "Only alarms of this account and region may publish: ${data.aws_iam_policy_document.topic.json}"
  }

  assert {
    condition     = { for address, subscription in aws_sns_topic_subscription.email : address => [subscription.protocol, subscription.endpoint, subscription.topic_arn] } == { "night-shift@example.com" = ["email", "night-shift@example.com", aws_sns_topic.alerts.arn] }
    error_message = "Each address has a subscription."
  }

  assert {
    condition     = length(aws_chatbot_slack_channel_configuration.alerts) + length(aws_iam_role.chat) == 0
    error_message = "There is no chat unless it is chosen."
  }

  assert {
    condition     = output.topic_arn == aws_sns_topic.alerts.arn && output.dashboard_name == "rainbow-seeker"
    error_message = "The outputs are those of topic and dashboard."
  }
}

run "chat" {
  command = plan

  variables {
    suffix = "-staging"
    slack  = { team_id = "T07EA123LEP", channel_id = "C07EZ1ABC23" }

    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition = (
      one(aws_chatbot_slack_channel_configuration.alerts).configuration_name == "rainbow-seeker-alerts-staging" &&
      one(aws_chatbot_slack_channel_configuration.alerts).slack_team_id == "T07EA123LEP" &&
      one(aws_chatbot_slack_channel_configuration.alerts).slack_channel_id == "C07EZ1ABC23" &&
      one(aws_chatbot_slack_channel_configuration.alerts).logging_level == "ERROR" &&
      one(aws_chatbot_slack_channel_configuration.alerts).sns_topic_arns == toset([aws_sns_topic.alerts.arn])
    )
    error_message = "The channel gets what the topic gets."
  }

  # Without a guardrail of its own it would be AdministratorAccess.
  assert {
    condition     = one(aws_chatbot_slack_channel_configuration.alerts).guardrail_policy_arns == tolist(["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"])
    error_message = "People in the channel may at most read CloudWatch."
  }

  assert {
    condition = jsondecode(one(data.aws_iam_policy_document.chat).json).Statement == [{
      Sid      = "ShowAlarms"
      Effect   = "Allow"
      Action   = ["cloudwatch:GetMetricStatistics", "cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"]
      Resource = "*"
    }]
    error_message = "The channel's role may only show alarms: ${one(data.aws_iam_policy_document.chat).json}"
  }

  assert {
    condition = jsondecode(one(data.aws_iam_policy_document.chat_trust).json).Statement == [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "chatbot.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    }]
    error_message = "Only chat configurations of this account may assume the role: ${one(data.aws_iam_policy_document.chat_trust).json}"
  }

  assert {
    condition     = one(aws_iam_role.chat).name == "rainbow-seeker-chat-staging" && jsondecode(one(aws_iam_role.chat).assume_role_policy) == jsondecode(one(data.aws_iam_policy_document.chat_trust).json) && jsondecode(one(aws_iam_role_policy.chat).policy) == jsondecode(one(data.aws_iam_policy_document.chat).json) && one(aws_iam_role_policy.chat).name == "show-alarms" && one(aws_iam_role.chat).permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "The role has its trust and its permissions."
  }

  assert {
    condition     = aws_sns_topic.alerts.name == "rainbow-seeker-alerts-staging" && aws_kms_alias.alerts.name == "alias/rainbow-seeker-alerts-staging" && output.dashboard_name == "rainbow-seeker-staging"
    error_message = "Names of another environment end with its suffix."
  }
}
