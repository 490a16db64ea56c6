# The master password. RDS keeps it in Secrets Manager and rotates it or, where that is not supported (the local AWS), a
# write-only value is passed to both RDS and a secret of the same structure.

module "master_password" {
  source = "../random-password"
}

resource "aws_secretsmanager_secret" "master" {
  #checkov:skip=CKV2_AWS_57: only where RDS does not manage the password, the local AWS; RDS rotates its own.
  #checkov:skip=CKV_AWS_149: only where RDS does not manage the password, the local AWS.
  count                   = var.password_managed_by_rds ? 0 : 1
  name                    = "${var.name}-master"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "master" {
  count     = var.password_managed_by_rds ? 0 : 1
  secret_id = aws_secretsmanager_secret.master[0].id
  secret_string_wo = jsonencode({
    username = aws_db_instance.this.username
    password = module.master_password.value
  })
  secret_string_wo_version = var.password_version
}
