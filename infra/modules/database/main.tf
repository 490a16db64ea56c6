# PostgreSQL. Its master password is never in Terraform's state: RDS manages it in Secrets Manager or, where that is not
# supported (the local AWS), a write-only value is passed to both RDS and Secrets Manager.

resource "aws_db_subnet_group" "this" {
  name       = "rainbow-seeker-db${var.suffix}"
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "rainbow-seeker-db${var.suffix}-"
  family      = "postgres${var.engine_major}"

  parameter {
    name  = "rds.force_ssl"
    value = var.force_ssl ? "1" : "0"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier = "rainbow-seeker-db${var.suffix}"

  engine         = "postgres"
  engine_version = var.engine_major
  instance_class = var.instance_class
  multi_az       = var.multi_az

  allocated_storage     = var.allocated_storage
  max_allocated_storage = var.max_allocated_storage
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name  = "shiojiri_rainbow"
  username = "postgres"

  manage_master_user_password = var.password_managed_by_rds ? true : null
  password_wo                 = var.password_managed_by_rds ? null : module.master_password.value
  password_wo_version         = var.password_managed_by_rds ? null : 1

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  parameter_group_name   = aws_db_parameter_group.this.name
  publicly_accessible    = false

  # 03:00-04:00 and Sunday 04:00-05:00 in Japan; RDS expects UTC.
  backup_window              = "18:00-19:00"
  maintenance_window         = "sat:19:00-sat:20:00"
  backup_retention_period    = var.backup_retention_days
  copy_tags_to_snapshot      = true
  auto_minor_version_upgrade = true

  performance_insights_enabled = var.performance_insights
  deletion_protection          = var.deletion_protection
  skip_final_snapshot          = var.skip_final_snapshot
  final_snapshot_identifier    = "rainbow-seeker-db${var.suffix}-final-snapshot"

  tags = { Name = "rainbow-seeker-db${var.suffix}" }
}

module "master_password" {
  source = "../random-password"
}

resource "aws_secretsmanager_secret" "master" {
  count                   = var.password_managed_by_rds ? 0 : 1
  name                    = "rainbow-seeker-db${var.suffix}-master"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "master" {
  count     = var.password_managed_by_rds ? 0 : 1
  secret_id = aws_secretsmanager_secret.master[0].id
  secret_string_wo = jsonencode({
    username = aws_db_instance.this.username
    password = module.master_password.value
  })
  secret_string_wo_version = 1
}
