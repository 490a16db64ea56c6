# The module needs nothing but these lines, and gives nothing the names of this project.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1", reverse_dns_name = "com.amazonaws.ap-northeast-1.s3" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

run "alone" {
  command = plan

  assert {
    condition     = length(module.network.private_subnet_ids) == 2 && length(module.network.public_subnet_ids) == 2
    error_message = "Each of the two zones has a private and a public subnet."
  }
}
