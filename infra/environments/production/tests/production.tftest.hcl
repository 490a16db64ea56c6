# The names and sizes that the design document specifies for production, planned without an AWS account.

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

# CloudFront takes its certificate from there, and delivers its logs from there.
mock_provider "aws" {
  alias = "us_east_1"
}

variables {
  github              = { repository = "rainbow-seeker/deploy-toolkit" }
  certificate_arn     = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  cdn_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  domain              = { name = "rainbow.example.com" }
}

run "names" {
  command = plan

  assert {
    condition     = module.platform.cluster == "rainbow-seeker-cluster"
    error_message = "The cluster is rainbow-seeker-cluster."
  }

  assert {
    condition     = module.platform.services == { api = "rainbow-seeker-api", ml = "rainbow-seeker-ml" }
    error_message = "The services are rainbow-seeker-api and rainbow-seeker-ml."
  }

  assert {
    condition     = module.platform.load_balancer.name == "rainbow-seeker-alb"
    error_message = "The load balancer is rainbow-seeker-alb."
  }

  assert {
    condition     = module.platform.buckets == { uploads = "rainbow-seeker-uploads", assets = "rainbow-seeker-assets", backups = "rainbow-seeker-backups" }
    error_message = "The buckets are rainbow-seeker-uploads, rainbow-seeker-assets and rainbow-seeker-backups."
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
