# What the roles may read and change. The lists have the services of the resources in infra/modules; a test compares them.

locals {
  # Of what exists, data sources and ephemeral resources read this even where nothing is refreshed.
  plan_actions = [
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
    "iam:GetOpenIDConnectProvider",
    "iam:GetRole",
    "iam:ListOpenIDConnectProviders",
    "iam:ListRoles",
    "secretsmanager:GetRandomPassword",
  ]

  # Settings of everything, and contents of nothing: no objects, messages, log lines, images or database rows.
  read_actions = concat(local.plan_actions, [
    "acm:Describe*",
    "acm:ListTagsForCertificate",
    "application-autoscaling:Describe*",
    "application-autoscaling:ListTagsForResource",
    "chatbot:Describe*",
    "chatbot:ListTagsForResource",
    "cloudfront:Get*",
    "cloudfront:List*",
    "cloudwatch:Describe*",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "ecs:Describe*",
    "ecs:List*",
    "elasticache:Describe*",
    "elasticache:ListTagsForResource",
    "elasticloadbalancing:Describe*",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListResourceTags",
    "logs:Describe*",
    "logs:GetDelivery",
    "logs:GetDeliveryDestination",
    "logs:GetDeliverySource",
    "logs:ListTagsForResource",
    "rds:Describe*",
    "rds:ListTagsForResource",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
    "route53:ListTagsForResource",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "servicediscovery:Get*",
    "servicediscovery:List*",
    "sns:GetDataProtectionPolicy",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sns:ListTagsForResource",
    "ssm:DescribeParameters",
    "ssm:ListTagsForResource",
    "wafv2:Get*",
    "wafv2:List*",
  ])

  # Terraform compares parameters with the state by their whole content, although it keeps none of the secret ones there.
  parameters = ["arn:${local.partition}:ssm:*:${local.account}:parameter/${var.name}/${var.environment}/*"]

  # Whatever a resource of infra/modules may become: which calls a change takes is not known before it is written.
  apply_services = [
    "acm",
    "application-autoscaling",
    "chatbot",
    "cloudfront",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elasticloadbalancing",
    "kms",
    "logs",
    "rds",
    "route53",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "ssm",
    "wafv2",
  ]

  # Names of the roles that infra/modules creates.
  role_arns = [for pattern in ["ecs*", "${var.name}-*"] : "arn:${local.partition}:iam::${local.account}:role/${pattern}${var.suffix}"]
  own_arns  = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-terraform-*"]
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.this["plan"].name
  policy = data.aws_iam_policy_document.plan.json
}

data "aws_iam_policy_document" "plan" {
  statement {
    sid       = "ReadDataSources"
    actions   = local.plan_actions
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "read" {
  name   = "read"
  role   = aws_iam_role.this["read"].name
  policy = data.aws_iam_policy_document.read.json
}

data "aws_iam_policy_document" "read" {
  #checkov:skip=CKV_AWS_356: describing calls have no resources in IAM, or are made for all of them.
  statement {
    sid       = "ReadSettings"
    actions   = local.read_actions
    resources = ["*"]
  }

  statement {
    sid       = "ReadParameters"
    actions   = ["ssm:GetParameter", "ssm:GetParameters"]
    resources = local.parameters
  }
}

resource "aws_iam_role_policy" "apply" {
  name   = "apply"
  role   = aws_iam_role.this["apply"].name
  policy = data.aws_iam_policy_document.apply.json
}

data "aws_iam_policy_document" "apply" {
  #checkov:skip=CKV_AWS_107: it changes the whole environment; main.tf and the denials below say what limits it.
  #checkov:skip=CKV_AWS_108: it changes the whole environment; main.tf and the denials below say what limits it.
  #checkov:skip=CKV_AWS_109: it changes the whole environment; main.tf and the denials below say what limits it.
  #checkov:skip=CKV_AWS_111: it changes the whole environment; main.tf and the denials below say what limits it.
  #checkov:skip=CKV_AWS_356: it changes the whole environment; main.tf and the denials below say what limits it.
  statement {
    sid       = "ChangeServices"
    actions   = [for service in local.apply_services : "${service}:*"]
    resources = ["*"]
  }

  # Of the bucket of the states, the policy "state" has what it may do.
  statement {
    sid           = "ChangeBuckets"
    actions       = ["s3:*"]
    not_resources = ["arn:${local.partition}:s3:::${var.state_bucket}", "arn:${local.partition}:s3:::${var.state_bucket}/*"]
  }

  statement {
    sid       = "ReadRoles"
    actions   = ["iam:Get*", "iam:List*"]
    resources = ["*"]
  }

  # What a role that it creates can do is limited by the boundary, which it cannot change.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
  statement {
    sid = "GiveRolesPolicies"
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary_arn]
    }
  }

  statement {
    sid       = "ChangeRoles"
    actions   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
    resources = local.role_arns
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["chatbot.amazonaws.com", "ecs-tasks.amazonaws.com", "monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  # AWS creates these for a service with its first resource.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
  statement {
    sid       = "CreateServiceLinkedRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]
  }

  statement {
    sid       = "DenyOwnRights"
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = concat(local.own_arns, [local.boundary_arn])
  }

  # Where a service knows the tags of a resource in its permissions, that of another environment is safe.
  statement {
    sid       = "DenyOtherEnvironments"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [var.environment]
    }

    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Environment"
      values   = ["false"]
    }
  }
}
