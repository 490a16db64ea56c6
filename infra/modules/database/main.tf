# One PostgreSQL instance, encrypted, private, with a parameter group and log groups of its own. Its master password is
# never in Terraform's state (password.tf).

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
  tags       = { Name = var.name }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_118: monitoring_interval is the choice of the environment.
  #checkov:skip=CKV_AWS_157: a standby in production; staging has none, as in the design document.
  #checkov:skip=CKV_AWS_161: login by IAM is the choice of the environment (iam_authentication).
  #checkov:skip=CKV_AWS_293: protected wherever the environment is (deletion_protection).
  identifier = var.name

  engine                      = "postgres"
  engine_version              = var.engine_major
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = var.allow_major_version_upgrade
  instance_class              = var.instance_class
  multi_az                    = var.multi_az

  # Terraform deletes the parameter group of the old version once the instance has the new one. RDS refuses that as long
  # as the upgrade waits for the maintenance window.
  apply_immediately = var.apply_immediately || var.allow_major_version_upgrade

  # gp3 has the same price and, below 1 TiB, more IOPS than gp2: docs/decisions/0015-the-database.md
  allocated_storage     = var.allocated_storage
  max_allocated_storage = var.max_allocated_storage
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  db_name  = var.database_name
  username = var.username

  manage_master_user_password   = var.password_managed_by_rds ? true : null
  master_user_secret_kms_key_id = var.password_managed_by_rds ? var.kms_key_arn : null
  password_wo                   = var.password_managed_by_rds ? null : module.master_password.value
  password_wo_version           = var.password_managed_by_rds ? null : var.password_version

  iam_database_authentication_enabled = var.iam_authentication

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = var.ca_certificate
  publicly_accessible    = false

  backup_window           = var.backup_window
  maintenance_window      = var.maintenance_window
  backup_retention_period = var.backup_retention_days
  copy_tags_to_snapshot   = true

  enabled_cloudwatch_logs_exports       = keys(aws_cloudwatch_log_group.this)
  performance_insights_enabled          = var.insights != "off"
  performance_insights_retention_period = local.insights_days[var.insights]
  performance_insights_kms_key_id       = var.insights == "off" ? null : var.kms_key_arn
  database_insights_mode                = var.insights == "off" ? "standard" : var.insights
  monitoring_interval                   = var.monitoring_interval
  monitoring_role_arn                   = one(aws_iam_role.monitoring[*].arn)

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : "${var.name}-final-snapshot-${terraform_data.created.output}"

  tags = { Name = var.name }

  # RDS tries the role out before it accepts it.
  depends_on = [aws_iam_role_policy_attachment.monitoring]
}

# The final snapshot outlives its instance: with a constant name, a second instance could not be deleted. The time at
# which this instance was first planned never changes, so neither does the plan.
resource "terraform_data" "created" {
  input = formatdate("YYYYMMDDhhmmss", timestamp())

  # What makes Terraform replace the instance under the same identifier.
  triggers_replace = [var.database_name, var.username]

  lifecycle {
    ignore_changes = [input]
  }
}
