# Access of GitHub jobs to the account: OpenID Connect, no stored keys. Separate roles to build, deploy, back up and
# prune, so that the role that writes backups cannot delete them. Each role is for one repository, with least privilege.

locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = var.create_provider ? aws_iam_openid_connect_provider.github[0].arn : data.aws_iam_openid_connect_provider.github[0].arn

  # OIDC subject of the jobs: those of the branch build; only those of the protected GitHub environment deploy.
  subjects = {
    build  = "repo:${var.repository}:ref:refs/heads/${var.branch}"
    deploy = "repo:${var.repository}:environment:${var.environment}"
    backup = "repo:${var.repository}:ref:refs/heads/${var.branch}"
    prune  = "repo:${var.repository}:ref:refs/heads/${var.branch}"
  }
  policies = {
    build  = data.aws_iam_policy_document.build.json
    deploy = data.aws_iam_policy_document.deploy.json
    backup = data.aws_iam_policy_document.backup.json
    prune  = data.aws_iam_policy_document.prune.json
  }
}

# One per account, regardless of the number of environments.
resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_provider ? 1 : 0
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider ? 0 : 1
  url   = "https://${local.issuer}"
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [each.value]
    }
  }
}

data "aws_iam_policy_document" "build" {
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "FindAndPush"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:StartImageScan",
      "ecr:UploadLayerPart",
    ]
    resources = var.image_repository_arns
  }
}

data "aws_iam_policy_document" "deploy" {
  # These actions do not support narrower resources.
  statement {
    sid = "ReadDefinitionsParametersLogGroups"
    actions = [
      "ecs:DescribeTaskDefinition",
      "ecs:ListTaskDefinitions",
      "logs:DescribeLogGroups",
      "ssm:DescribeParameters",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "FindImages"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages"]
    resources = var.image_repository_arns
  }

  statement {
    sid       = "RegisterRevisions"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:TagResource"]
    resources = [for family in var.families : "${var.ecs_arn_prefix}:task-definition/${family}:*"]
  }

  statement {
    sid       = "Migrate"
    actions   = ["ecs:RunTask"]
    resources = ["${var.ecs_arn_prefix}:task-definition/${var.migration_family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    sid       = "Deploy"
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = [for service in var.services : "${var.ecs_arn_prefix}:service/${var.cluster_name}/${service}"]
  }

  # Reads deployments, stops them with ECS's own rollback, and continues them at a lifecycle hook.
  statement {
    sid = "FollowDeployments"
    actions = [
      "ecs:ContinueServiceDeployment",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServiceRevisions",
      "ecs:ListServiceDeployments",
      "ecs:StopServiceDeployment",
    ]
    resources = flatten([for service in var.services : [
      "${var.ecs_arn_prefix}:service/${var.cluster_name}/${service}",
      "${var.ecs_arn_prefix}:service-deployment/${var.cluster_name}/${service}/*",
      "${var.ecs_arn_prefix}:service-revision/${var.cluster_name}/${service}/*",
    ]])
  }

  statement {
    sid       = "SeeTasks"
    actions   = ["ecs:DescribeTasks"]
    resources = ["${var.ecs_arn_prefix}:task/${var.cluster_name}/*"]
  }

  statement {
    sid       = "ListTasks"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    sid       = "GiveTasksTheirRoles"
    actions   = ["iam:PassRole"]
    resources = var.task_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = [for arn in var.log_group_arns : "${arn}:*"]
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.subjects
  name                 = "rainbow-seeker-github-${each.key}${var.suffix}"
  description          = "GitHub Actions of ${var.repository}: ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies
  name     = each.key
  role     = aws_iam_role.this[each.key].name
  policy   = each.value
}
