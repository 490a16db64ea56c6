# Secrets in Parameter Store. Values are write-only: they are in neither state nor plan. Terraform writes each of them
# once, with the parameter: its value changes by `npm run rotate` (docs/secrets.md), and no later apply sets it back,
# because value_wo_version never changes.

locals {
  generated = toset(["db-password", "backup-password", "jwt-secret", "redis-auth-token"])

  # Created with a placeholder. The values of "supplied" are set by whoever has them; those of "alternates" are what is
  # valid besides the current secret while it is being rotated, of which there is nothing yet.
  initial = merge(
    { for name in ["weather-api-key", "firebase-project-id", "firebase-service-account-key"] : name => "not-set" },
    { for name in ["db-password", "jwt-secret", "redis-auth-token"] : "${name}-alternates" => "none" },
  )
}

module "random_password" {
  for_each = local.generated
  source   = "../random-password"
}

resource "aws_ssm_parameter" "generated" {
  #checkov:skip=CKV2_AWS_34: SecureString on AWS; var.type is String only where tasks would get encrypted values, the local AWS.
  # checkov:skip=CKV_AWS_337: access is by the parameter's ARN, and nobody outside the account reads it.
  for_each         = local.generated
  name             = "${var.prefix}/${each.key}"
  type             = var.type
  value_wo         = module.random_password[each.key].value
  value_wo_version = 1
}

resource "aws_ssm_parameter" "initial" {
  #checkov:skip=CKV2_AWS_34: SecureString on AWS; var.type is String only where tasks would get encrypted values, the local AWS.
  # checkov:skip=CKV_AWS_337: as above.
  for_each         = local.initial
  name             = "${var.prefix}/${each.key}"
  type             = var.type
  value_wo         = each.value
  value_wo_version = 1
}

moved {
  from = aws_ssm_parameter.supplied
  to   = aws_ssm_parameter.initial
}
