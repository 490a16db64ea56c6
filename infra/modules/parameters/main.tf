# Secrets in Parameter Store. Values are write-only: they are in neither state nor plan.

locals {
  generated = toset(["db-password", "backup-password", "jwt-secret", "redis-auth-token"])
  supplied  = toset(["weather-api-key", "firebase-project-id"])
}

module "random_password" {
  for_each = local.generated
  source   = "../random-password"
}

resource "aws_ssm_parameter" "generated" {
  for_each         = local.generated
  name             = "${var.prefix}/${each.key}"
  type             = var.type
  value_wo         = module.random_password[each.key].value
  value_wo_version = 1
}

# Created with a placeholder; the real values are set manually: docs/decisions/0003-secrets-stay-out-of-state.md.
resource "aws_ssm_parameter" "supplied" {
  for_each         = local.supplied
  name             = "${var.prefix}/${each.key}"
  type             = var.type
  value_wo         = "not-set"
  value_wo_version = 1
}
