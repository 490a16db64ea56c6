# The module needs nothing but these lines, and gives nothing the names of this project.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

run "alone" {
  command = plan

  assert {
    condition     = module.service.name == "shop"
    error_message = "The service has the given name."
  }
}
