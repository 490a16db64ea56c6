# The most that a role can do which an apply has created, whatever its policies say: what tasks, deployments, backups and
# monitoring need. It has to be the permissions boundary of every role of the environment (permissions_boundary_arn).

locals {
  boundary_name = "${var.name}-terraform-boundary${var.suffix}"
  boundary_arn  = "arn:${local.partition}:iam::${local.account}:policy/${local.boundary_name}"
}

resource "aws_iam_policy" "boundary" {
  name        = local.boundary_name
  description = "Permissions boundary of the roles that terraform.yml creates in ${var.environment}"
  policy      = data.aws_iam_policy_document.boundary.json
}

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_107: a boundary grants nothing; the policies of the roles do.
  #checkov:skip=CKV_AWS_108: a boundary grants nothing; the policies of the roles do.
  #checkov:skip=CKV_AWS_109: a boundary grants nothing; the policies of the roles do.
  #checkov:skip=CKV_AWS_111: a boundary grants nothing; the policies of the roles do.
  #checkov:skip=CKV_AWS_356: a boundary grants nothing; the policies of the roles do.
  statement {
    sid = "ServicesOfTheSystem"
    actions = [for service in [
      "application-autoscaling",
      "cloudwatch",
      "codedeploy",
      "ecr",
      "ecs",
      "elasticloadbalancing",
      "kms",
      "logs",
      "rds",
      "s3",
      "secretsmanager",
      "sns",
      "ssm",
    ] : "${service}:*"]
    resources = ["*"]
  }

  statement {
    sid       = "RolesOfTasks"
    actions   = ["iam:GetRole", "iam:PassRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/ecs*"]
  }

  statement {
    sid       = "DenyStates"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${var.state_bucket}", "arn:${local.partition}:s3:::${var.state_bucket}/*"]
  }
}
