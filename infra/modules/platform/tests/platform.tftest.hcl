# What the environments do not show: the name ecsTaskExecutionRole, which the ECS console uses too, and the weather that api
# uses.

mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1", reverse_dns_name = "com.amazonaws.ap-northeast-1.s3" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

mock_provider "aws" {
  alias = "us_east_1"
}

# No role of the name exists before the first apply.
override_data {
  target = data.aws_iam_roles.api_execution
  values = { names = [] }
}

variables {
  environment        = "production"
  protected          = true
  log_retention_days = 90
  certificate_arn    = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  database           = { instance_class = "db.r5.large", multi_az = true }
  cache              = { node_type = "cache.r6g.large", cluster_mode = "enabled", shards = 2, replicas_per_shard = 1 }
  api                = { count = 3 }
  ml                 = { count = 2 }

  network = {
    cidr         = "10.0.0.0/16"
    nat_per_zone = true
    vpn_gateway  = true
    zones = {
      "ap-northeast-1a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
      "ap-northeast-1c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
    }
  }
}

run "a_role_that_the_console_has_created_stops_the_plan" {
  command = plan

  # Of the whole platform, nothing else is looked at.
  plan_options {
    target = [data.aws_iam_role.api_execution]
  }

  override_data {
    target = data.aws_iam_roles.api_execution
    values = { names = ["ecsTaskExecutionRole"] }
  }

  override_data {
    target = data.aws_iam_role.api_execution
    values = { arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole", tags = {} }
  }

  expect_failures = [data.aws_iam_role.api_execution]
}

run "a_role_that_terraform_has_created_does_not_and_settings_of_the_weather_reach_api" {
  command = plan

  variables {
    weather = { provider = "jma", places = ["36.11,137.95", "36.24,137.97"], forecast_permit = "第123号" }
  }

  override_data {
    target = data.aws_iam_roles.api_execution
    values = { names = ["ecsTaskExecutionRole"] }
  }

  override_data {
    target = data.aws_iam_role.api_execution
    values = { arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole", tags = { Project = "rainbow-seeker" } }
  }

  assert {
    condition     = local.api_execution_role.create && local.api_execution_role.name == "ecsTaskExecutionRole"
    error_message = "The role of the design document is not created."
  }

  assert {
    condition = local.weather_environment == {
      WEATHER_PROVIDER = "jma"
      WEATHER_PLACES   = "36.11,137.95;36.24,137.97"
      PREDICTION_MODE  = "forecast"
      FORECAST_PERMIT  = "第123号"
    }
    error_message = "Provider, places or permit do not reach api: ${jsonencode(local.weather_environment)}"
  }
}

run "an_existing_role_is_used_as_it_is_and_without_settings_nobody_is_asked_for_weather" {
  command = plan

  variables {
    api_execution_role_arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
  }

  assert {
    condition     = length(data.aws_iam_roles.api_execution) == 0 && !local.api_execution_role.create && local.api_execution_role.arn == "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    error_message = "The existing role is looked up, or not used."
  }

  # And nothing is said of the future.
  assert {
    condition     = local.weather_environment == { WEATHER_PROVIDER = "none", PREDICTION_MODE = "present" }
    error_message = "Without settings, api does not get what asks nobody: ${jsonencode(local.weather_environment)}"
  }
}
