# Plans only: documents are rendered by the real provider, without an AWS account. test/roles evaluates them.

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

variables {
  environment         = "production"
  suffix              = ""
  github_environment  = "production-infrastructure"
  repository          = "rainbow-seeker/deploy-toolkit"
  repository_id       = "456789"
  repository_owner_id = "123456"
  provider_arn        = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  state_bucket        = "rainbow-seeker-terraform-123456789012"
  state_key           = "rainbow-seeker/production.tfstate"
}

run "production" {
  command = plan

  assert {
    condition     = [for name in ["apply", "plan", "read"] : aws_iam_role.this[name].name] == ["rainbow-seeker-terraform-apply", "rainbow-seeker-terraform-plan", "rainbow-seeker-terraform-read"]
    error_message = "The roles have other names."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : role.max_session_duration == 3600])
    error_message = "A session lasts longer than a job of terraform.yml can."
  }

  assert {
    condition     = length(aws_iam_role_policy.apply.policy) + length(aws_iam_role_policy.state["apply"].policy) <= 10240 && length(aws_iam_role_policy.read.policy) + length(aws_iam_role_policy.state["read"].policy) <= 10240
    error_message = "IAM takes 10,240 characters of inline policies of a role."
  }

  assert {
    condition     = length(aws_iam_policy.boundary.policy) <= 6144
    error_message = "IAM takes 6,144 characters of a managed policy."
  }
}

run "staging_of_another_system" {
  command = plan

  variables {
    name               = "shop"
    environment        = "staging"
    suffix             = "-staging"
    github_environment = "staging-infrastructure"
    branch             = "trunk"
    state_bucket       = "shop-terraform-123456789012"
    state_key          = "shop/staging.tfstate"
  }
}

run "without_ids" {
  command = plan

  variables {
    repository_id       = null
    repository_owner_id = null
  }
}

run "with_workflows_of_another_repository" {
  command = plan

  variables {
    workflows = { repository = "another/toolkit", ref = "refs/tags/v1" }
  }

  assert {
    condition     = !strcontains(join("", [for name, document in data.aws_iam_policy_document.trust : document.json]), "*")
    error_message = "A pattern is not needed where the ref of the workflow is known."
  }
}

run "patterns_are_refused" {
  command = plan

  variables {
    repository         = "rainbow-seeker/*"
    branch             = "*"
    github_environment = "production*"
    state_key          = "*.tfstate"
  }

  expect_failures = [var.repository, var.branch, var.github_environment, var.state_key]
}
