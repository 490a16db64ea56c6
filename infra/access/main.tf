# Who may change the environments from GitHub. An administrator applies this, never a job: docs/infrastructure.md.

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Project = "rainbow-seeker" }
  }
}

data "aws_iam_openid_connect_provider" "github" {
  url = "https://token.actions.githubusercontent.com"
}

module "terraform" {
  source   = "../modules/github-terraform"
  for_each = var.environments

  environment         = each.key
  suffix              = each.key == "production" ? "" : "-${each.key}"
  github_environment  = "${each.key}-infrastructure"
  repository          = var.github.repository
  repository_id       = var.github.repository_id
  repository_owner_id = var.github.repository_owner_id
  branch              = var.github.branch
  workflows           = var.github.workflows
  provider_arn        = data.aws_iam_openid_connect_provider.github.arn
  state_bucket        = var.state_bucket
  state_key           = "rainbow-seeker/${each.key}.tfstate"
}
