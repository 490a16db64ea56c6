# Roles of the tasks. Each task has its own: module task makes the execution roles out of what the task needs.

locals {
  # Repositories that each image is pulled from: this environment's, and those of the environment that images come from.
  pulled = { for name, registry in module.registry : name => concat([registry.arn], var.pull_repository_arns) }

  parameter_arn = "${local.arn_prefix}:ssm:${local.account}:parameter${local.parameter_path}"

  api_execution_role = {
    create = var.api_execution_role_arn == null
    name   = var.api_execution_role_arn == null ? local.api_execution_role_name : null
    arn    = var.api_execution_role_arn
  }
  api_execution_role_name = "ecsTaskExecutionRole${local.suffix}"

  api_policies = { uploads = data.aws_iam_policy_document.uploads.json, parameters = data.aws_iam_policy_document.parameters.json }
}

# What the design document gives the role ecsTaskRole: objects of the uploads, and parameters.
data "aws_iam_policy_document" "uploads" {
  statement {
    sid       = "Uploads"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${module.storage.uploads.arn}/*"]
  }
}

# Not all of /rainbow-seeker/*, which would include other environments and the password of backups: the branch of api
# and the parameters that api gets anyway. GetParametersByPath returns everything below a path, even what another
# statement denies, so it is for the branch alone.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
data "aws_iam_policy_document" "parameters" {
  statement {
    sid       = "OwnBranch"
    actions   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    resources = ["${local.parameter_arn}/api", "${local.parameter_arn}/api/*"]
  }

  statement {
    sid       = "OwnParameters"
    actions   = ["ssm:GetParameter", "ssm:GetParameters"]
    resources = sort([for arn in values(local.api_secrets) : arn])
  }
}

# ecsTaskExecutionRole is also the name of the role that the ECS console creates, so that many accounts have it already.
# Without this, the first apply would stop half way through, at EntityAlreadyExists.
data "aws_iam_roles" "api_execution" {
  count      = local.api_execution_role.create ? 1 : 0
  name_regex = "^${local.api_execution_role_name}$"
}

data "aws_iam_role" "api_execution" {
  for_each = toset(flatten([for found in data.aws_iam_roles.api_execution : tolist(found.names)]))
  name     = each.key

  lifecycle {
    postcondition {
      condition     = lookup(self.tags, "Project", null) == "rainbow-seeker"
      error_message = "The account has a role ${self.name} that Terraform did not create, as the ECS console does. To use it as it is, set api_execution_role_arn = \"${self.arn}\"; it then needs the permissions of docs/deploy-to-aws.md#the-execution-role-exists-already. To have it managed here, add the tag Project = rainbow-seeker to it and import it: that page has the import block."
    }
  }
}

# The roles were in module cluster until each task got its own.
moved {
  from = module.cluster.aws_iam_role.execution["services"]
  to   = module.api.module.task.aws_iam_role.execution[0]
}

moved {
  from = module.cluster.aws_iam_role_policy.execution["services"]
  to   = module.api.module.task.aws_iam_role_policy.execution[0]
}

moved {
  from = module.cluster.aws_iam_role.task
  to   = module.api.module.task.aws_iam_role.task[0]
}

moved {
  from = module.cluster.aws_iam_role_policy.task
  to   = module.api.module.task.aws_iam_role_policy.task["uploads"]
}

moved {
  from = module.cluster.aws_iam_role.execution["migration"]
  to   = module.migration.aws_iam_role.execution[0]
}

moved {
  from = module.cluster.aws_iam_role_policy.execution["migration"]
  to   = module.migration.aws_iam_role_policy.execution[0]
}

moved {
  from = module.cluster.aws_iam_role.execution["backup"]
  to   = module.backup.module.task["backup"].aws_iam_role.execution[0]
}

moved {
  from = module.cluster.aws_iam_role_policy.execution["backup"]
  to   = module.backup.module.task["backup"].aws_iam_role_policy.execution[0]
}
