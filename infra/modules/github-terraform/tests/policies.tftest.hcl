# The policies as Terraform renders them are those of policies.json, so that whoever reviews a change sees each right that
# comes or goes. After a wanted change: npx vitest run --project roles -u

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
  target          = aws_iam_role.this["plan"]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/plan" }
}

override_resource {
  target          = aws_iam_role.this["read"]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/read" }
}

override_resource {
  target          = aws_iam_role.this["apply"]
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/apply" }
}

override_resource {
  target          = aws_iam_policy.boundary
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:policy/boundary" }
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
    condition     = jsonencode({ for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy) }) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).production.trust)
    error_message = "Who may assume the roles has changed: tests/policies.json."
  }

  assert {
    condition     = jsonencode(merge({ for name, policy in aws_iam_role_policy.state : "state of ${name}" => jsondecode(policy.policy) }, { plan = jsondecode(aws_iam_role_policy.plan.policy), read = jsondecode(aws_iam_role_policy.read.policy), apply = jsondecode(aws_iam_role_policy.apply.policy), boundary = jsondecode(aws_iam_policy.boundary.policy) })) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).production.permissions)
    error_message = "What the roles may do has changed: tests/policies.json."
  }

  assert {
    condition     = { for name in ["plan", "read", "apply"] : name => aws_iam_role_policy.state[name].role } == { for name in ["plan", "read", "apply"] : name => aws_iam_role.this[name].name } && [for policy in [aws_iam_role_policy.plan, aws_iam_role_policy.read, aws_iam_role_policy.apply] : policy.role] == [for name in ["plan", "read", "apply"] : aws_iam_role.this[name].name]
    error_message = "A role has the policy of another one."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_role_policy.state : policy.name == "state"]) && [aws_iam_role_policy.plan.name, aws_iam_role_policy.read.name, aws_iam_role_policy.apply.name] == ["plan", "read", "apply"]
    error_message = "A policy has another name, so that an apply would replace it."
  }

  assert {
    condition     = aws_iam_role.this["plan"].description == "GitHub Actions of rainbow-seeker/deploy-toolkit: terraform.yml, plan" && aws_iam_policy.boundary.name == "rainbow-seeker-terraform-boundary"
    error_message = "The role says who uses it for what, and the boundary has its name."
  }

  assert {
    condition     = output.role_arns == { for name in ["plan", "read", "apply"] : name => "arn:aws:iam::123456789012:role/${name}" } && output.boundary_arn == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "The outputs are ARNs of other resources."
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

  assert {
    condition     = jsonencode({ for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy) }) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).staging_of_another_system.trust)
    error_message = "Who may assume the roles has changed: tests/policies.json."
  }

  assert {
    condition     = jsonencode(merge({ for name, policy in aws_iam_role_policy.state : "state of ${name}" => jsondecode(policy.policy) }, { plan = jsondecode(aws_iam_role_policy.plan.policy), read = jsondecode(aws_iam_role_policy.read.policy), apply = jsondecode(aws_iam_role_policy.apply.policy), boundary = jsondecode(aws_iam_policy.boundary.policy) })) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).staging_of_another_system.permissions)
    error_message = "What the roles may do has changed: tests/policies.json."
  }

  assert {
    condition     = aws_iam_role.this["plan"].name == "shop-terraform-plan-staging" && aws_iam_policy.boundary.name == "shop-terraform-boundary-staging"
    error_message = "Names have no prefix, or no suffix."
  }
}

run "without_ids" {
  command = plan

  variables {
    repository_id       = null
    repository_owner_id = null
  }

  assert {
    condition     = jsonencode({ for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy) }) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).without_ids.trust)
    error_message = "Who may assume the roles has changed: tests/policies.json."
  }
}

run "with_workflows_of_another_repository" {
  command = plan

  variables {
    workflows = { repository = "another/toolkit", ref = "refs/tags/v1" }
  }

  assert {
    condition     = jsonencode({ for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy) }) == jsonencode(jsondecode(file("${path.module}/tests/policies.json")).with_workflows_of_another_repository.trust)
    error_message = "Who may assume the roles has changed: tests/policies.json."
  }
}
