# Access of GitHub jobs that plan and apply an environment of infra/. Three roles of growing power:
#   plan   for pull requests, whose code nobody has reviewed yet: reads the state, which has no secrets, and little else
#   read   for the branch: reads everything that Terraform compares with the state
#   apply  for the branch, in a GitHub environment that asks for an approval: changes everything, its own rights excepted
# They are no part of the environment that they are for, so that an apply cannot widen them.

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  account    = data.aws_caller_identity.current.account_id
  issuer     = "token.actions.githubusercontent.com"
  branch_ref = "refs/heads/${var.branch}"

  # The two forms of GitHub's subjects: module github-oidc.
  repository_parts = split("/", var.repository)
  subject_prefixes = concat(
    ["repo:${var.repository}"],
    var.repository_id == null ? [] : ["repo:${local.repository_parts[0]}@${var.repository_owner_id}/${local.repository_parts[1]}@${var.repository_id}"],
  )

  # `ref`: that of the workflow file, if it is of the same repository. A pull request runs its own version of the file.
  # https://docs.github.com/en/actions/reference/security/oidc
  roles = {
    plan  = { context = "pull_request", ref = "refs/pull/*/merge" }
    read  = { context = "ref:${local.branch_ref}", ref = local.branch_ref }
    apply = { context = "environment:${var.github_environment}", ref = local.branch_ref }
  }

  # Claims that STS compares: module github-oidc.
  claims = { for name, role in local.roles : name => merge(
    {
      aud = ["sts.amazonaws.com"]
      sub = [for prefix in local.subject_prefixes : "${prefix}:${role.context}"]
      job_workflow_ref = [join("", [
        var.workflows == null ? var.repository : var.workflows.repository,
        "/.github/workflows/terraform.yml@",
        var.workflows == null ? role.ref : var.workflows.ref,
      ])]
    },

    # A subject with an environment has no ref: where GitHub does not enforce the rules of environments, a branch could
    # name it.
    name == "apply" ? { ref = [local.branch_ref], environment = [var.github_environment] } : {},

    var.repository_id == null ? {} : { repository_id = [var.repository_id] },
  ) }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.claims

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.provider_arn]
    }

    # Exact, except for the number of a pull request. No variable may contain a pattern.
    dynamic "condition" {
      for_each = each.value

      content {
        test     = anytrue([for value in condition.value : endswith(value, "refs/pull/*/merge")]) ? "StringLike" : "StringEquals"
        variable = "${local.issuer}:${condition.key}"
        values   = condition.value
      }
    }
  }
}

# An hour is the limit of the jobs of terraform.yml.
resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${var.name}-terraform-${each.key}${var.suffix}"
  description          = "GitHub Actions of ${var.repository}: terraform.yml, ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "state" {
  for_each = local.roles
  name     = "state"
  role     = aws_iam_role.this[each.key].name
  policy   = data.aws_iam_policy_document.state[each.key].json
}

# https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
data "aws_iam_policy_document" "state" {
  for_each = local.roles

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${var.state_bucket}"]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::${var.state_bucket}/${var.state_key}"]
  }

  dynamic "statement" {
    for_each = each.key == "apply" ? [1] : []

    content {
      sid       = "WriteState"
      actions   = ["s3:PutObject"]
      resources = ["arn:${local.partition}:s3:::${var.state_bucket}/${var.state_key}"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "apply" ? [1] : []

    content {
      sid       = "LockState"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      resources = ["arn:${local.partition}:s3:::${var.state_bucket}/${var.state_key}.tflock"]
    }
  }
}
