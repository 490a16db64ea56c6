# The log group of the audit trail.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
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

run "is_kept_for_a_year_and_after_everything_else" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.audit.name == "/audit/rainbow-seeker" && aws_cloudwatch_log_group.audit.retention_in_days == 365 && aws_cloudwatch_log_group.audit.skip_destroy
    error_message = "The audit trail has another name, is shorter, or goes with the environment."
  }

  assert {
    condition     = output.audit_log_group_arn == "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker"
    error_message = "The ARN is not that of the group in this account and region."
  }
}

run "of_another_environment" {
  command = plan

  variables {
    suffix               = "-staging"
    audit_retention_days = 1827
    keep_audit_trail     = false
  }

  assert {
    condition     = aws_cloudwatch_log_group.audit.name == "/audit/rainbow-seeker-staging" && aws_cloudwatch_log_group.audit.retention_in_days == 1827 && !aws_cloudwatch_log_group.audit.skip_destroy
    error_message = "The audit trail of staging is not as it was asked for."
  }
}

run "less_than_a_year_is_refused" {
  command = plan

  variables {
    audit_retention_days = 180
  }

  expect_failures = [var.audit_retention_days]
}

run "a_period_that_does_not_exist_is_refused" {
  command = plan

  variables {
    audit_retention_days = 366
  }

  expect_failures = [var.audit_retention_days]
}
