# Roles for GitHub and for the backup task, as they are wired here. test/roles evaluates the policies of this plan, with
# tokens and requests. They are rendered by the real provider, without an AWS account: what it would look up, and the
# ARNs that AWS would return, are given.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = module.platform.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = module.platform.module.github[0].aws_iam_openid_connect_provider.github
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
}

override_resource {
  target          = module.platform.module.storage.aws_s3_bucket.this
  override_during = plan
  values          = { arn = "arn:aws:s3:::the-bucket" }
}

variables {
  github          = { repository = "rainbow-seeker/deploy-toolkit", repository_id = 456789, repository_owner_id = 123456 }
  certificate_arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
}

run "policies" {
  command = plan
}
