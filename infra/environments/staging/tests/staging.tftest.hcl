# Staging: the structure of production under separate names, planned without an AWS account.

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

variables {
  github          = { repository = "rainbow-seeker/deploy-toolkit" }
  certificate_arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
}

run "names" {
  command = plan

  assert {
    condition     = module.platform.cluster == "rainbow-seeker-cluster-staging"
    error_message = "The cluster is rainbow-seeker-cluster-staging."
  }

  assert {
    condition     = module.platform.services == { api = "rainbow-seeker-api-staging", ml = "rainbow-seeker-ml-staging" }
    error_message = "The services are rainbow-seeker-api-staging and rainbow-seeker-ml-staging."
  }

  assert {
    condition     = module.platform.load_balancer.name == "rainbow-seeker-alb-staging"
    error_message = "The load balancer is rainbow-seeker-alb-staging."
  }

  assert {
    condition     = module.platform.buckets == { uploads = "rainbow-seeker-uploads-staging", assets = "rainbow-seeker-assets-staging", backups = "rainbow-seeker-backups-staging" }
    error_message = "The buckets are rainbow-seeker-uploads-staging, -assets-staging and -backups-staging."
  }

  assert {
    condition     = module.platform.database.name == "shiojiri_rainbow"
    error_message = "The database is shiojiri_rainbow."
  }
}

run "certificate_is_required" {
  command = plan

  variables {
    certificate_arn = "none"
  }

  expect_failures = [var.certificate_arn]
}
