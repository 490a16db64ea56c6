# Each setting of the instance, as the environments of this project use it. rehearsals/ has what changes do.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name              = "rainbow-seeker-db"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  instance_class    = "db.r5.large"
  database_name     = "shiojiri_rainbow"
}

run "the_instance_of_the_design_document" {
  command = plan

  variables {
    multi_az = true
  }

  assert {
    condition = (
      aws_db_instance.this.identifier == "rainbow-seeker-db" &&
      aws_db_instance.this.engine == "postgres" &&
      aws_db_instance.this.engine_version == "17" &&
      aws_db_instance.this.instance_class == "db.r5.large" &&
      aws_db_instance.this.multi_az &&
      aws_db_instance.this.db_name == "shiojiri_rainbow" &&
      aws_db_instance.this.username == "postgres"
    )
    error_message = "Engine, size, standby and names."
  }

  assert {
    condition = (
      aws_db_instance.this.allocated_storage == 20 &&
      aws_db_instance.this.max_allocated_storage == 100 &&
      aws_db_instance.this.storage_type == "gp3" &&
      aws_db_instance.this.storage_encrypted
    )
    error_message = "Storage."
  }

  assert {
    condition = (
      aws_db_instance.this.backup_window == "18:00-19:00" &&
      aws_db_instance.this.maintenance_window == "sat:19:00-sat:20:00" &&
      aws_db_instance.this.backup_retention_period == 7 &&
      aws_db_instance.this.copy_tags_to_snapshot
    )
    error_message = "The maintenance hours are the night in Japan, given in UTC."
  }

  assert {
    condition     = aws_db_instance.this.tags == tomap({ Name = "rainbow-seeker-db" }) && aws_db_subnet_group.this.tags == tomap({ Name = "rainbow-seeker-db" }) && aws_db_parameter_group.this.tags == tomap({ Name = "rainbow-seeker-db" })
    error_message = "Names in the console."
  }
}

run "safe_unless_told_otherwise" {
  command = plan

  assert {
    condition = (
      !aws_db_instance.this.publicly_accessible &&
      aws_db_instance.this.deletion_protection &&
      !aws_db_instance.this.skip_final_snapshot &&
      !aws_db_instance.this.multi_az &&
      aws_db_instance.this.auto_minor_version_upgrade &&
      !aws_db_instance.this.allow_major_version_upgrade &&
      !aws_db_instance.this.apply_immediately &&
      !aws_db_instance.this.iam_database_authentication_enabled
    )
    error_message = "Defaults of a database with data to keep."
  }

  assert {
    condition     = aws_db_instance.this.ca_cert_identifier == "rds-ca-rsa2048-g1" && aws_db_instance.this.vpc_security_group_ids == toset(["sg-1"]) && aws_db_subnet_group.this.subnet_ids == toset(["subnet-1", "subnet-2"])
    error_message = "The network, and the authority that clients verify."
  }

  assert {
    condition     = aws_db_instance.this.db_subnet_group_name == aws_db_subnet_group.this.name && aws_db_subnet_group.this.name == "rainbow-seeker-db"
    error_message = "The subnet group."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password_wo_version == null && length(aws_secretsmanager_secret.master) == 0 && length(aws_secretsmanager_secret_version.master) == 0
    error_message = "RDS keeps the master password itself."
  }
}

run "parameters" {
  command = plan

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres17" && aws_db_parameter_group.this.name_prefix == "rainbow-seeker-db-" && aws_db_parameter_group.this.description == "rainbow-seeker-db, PostgreSQL 17"
    error_message = "A parameter group of the major version."
  }

  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value } == { "rds.force_ssl" = "1", log_min_duration_statement = "1000" }
    error_message = "TLS is required, and statements of a second or longer are logged."
  }
}

run "parameters_of_the_local_aws" {
  command = plan

  variables {
    force_ssl               = false
    slow_query_milliseconds = 250
    engine_major            = "18"
  }

  assert {
    condition     = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value } == { "rds.force_ssl" = "0", log_min_duration_statement = "250" }
    error_message = "Both follow the variables."
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres18" && aws_db_instance.this.engine_version == "18"
    error_message = "One variable holds the major version."
  }
}

run "logs" {
  command = plan

  assert {
    condition = { for log, group in aws_cloudwatch_log_group.this : log => "${group.name} ${group.retention_in_days}" } == {
      postgresql = "/aws/rds/instance/rainbow-seeker-db/postgresql 90"
      upgrade    = "/aws/rds/instance/rainbow-seeker-db/upgrade 90"
    }
    error_message = "The log groups are those that RDS writes to, with a retention."
  }

  assert {
    condition     = aws_db_instance.this.enabled_cloudwatch_logs_exports == toset(["postgresql", "upgrade"])
    error_message = "RDS exports both logs."
  }
}

run "insights_of_seven_days" {
  command = plan

  assert {
    condition     = aws_db_instance.this.performance_insights_enabled && aws_db_instance.this.performance_insights_retention_period == 7 && aws_db_instance.this.database_insights_mode == "standard"
    error_message = "The standard mode."
  }

  assert {
    condition     = aws_db_instance.this.monitoring_interval == 0 && length(aws_iam_role.monitoring) == 0 && length(aws_iam_role_policy_attachment.monitoring) == 0
    error_message = "No Enhanced Monitoring, and no role for it."
  }
}

run "everything_that_can_be_chosen" {
  command = plan

  variables {
    insights                    = "advanced"
    monitoring_interval         = 60
    permissions_boundary_arn    = "arn:aws:iam::123456789012:policy/boundary"
    iam_authentication          = true
    kms_key_arn                 = "arn:aws:kms:ap-northeast-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    allow_major_version_upgrade = true
  }

  override_resource {
    target          = aws_iam_role.monitoring
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/rainbow-seeker-db-monitoring" }
  }

  assert {
    condition     = aws_db_instance.this.performance_insights_enabled && aws_db_instance.this.performance_insights_retention_period == 465 && aws_db_instance.this.database_insights_mode == "advanced"
    error_message = "The advanced mode needs 15 months."
  }

  assert {
    condition = (
      aws_db_instance.this.monitoring_interval == 60 &&
      aws_db_instance.this.monitoring_role_arn == "arn:aws:iam::123456789012:role/rainbow-seeker-db-monitoring" &&
      aws_iam_role.monitoring[0].name == "rainbow-seeker-db-monitoring" &&
      aws_iam_role.monitoring[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" &&
      aws_iam_role_policy_attachment.monitoring[0].role == "rainbow-seeker-db-monitoring" &&
      aws_iam_role_policy_attachment.monitoring[0].policy_arn == "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    )
    error_message = "Enhanced Monitoring and its role."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.monitoring[0].statement[0].actions == toset(["sts:AssumeRole"]) &&
      one(data.aws_iam_policy_document.monitoring[0].statement[0].principals).type == "Service" &&
      one(data.aws_iam_policy_document.monitoring[0].statement[0].principals).identifiers == toset(["monitoring.rds.amazonaws.com"]) &&
      one(data.aws_iam_policy_document.monitoring[0].statement[0].condition).test == "StringLike" &&
      one(data.aws_iam_policy_document.monitoring[0].statement[0].condition).variable == "aws:SourceArn" &&
      one(one(data.aws_iam_policy_document.monitoring[0].statement[0].condition).values) == "arn:aws:rds:*:123456789012:db:rainbow-seeker-db"
    )
    error_message = "Only RDS can assume the role, and only for this instance."
  }

  assert {
    condition = (
      aws_db_instance.this.kms_key_id == var.kms_key_arn &&
      aws_db_instance.this.performance_insights_kms_key_id == var.kms_key_arn &&
      aws_db_instance.this.master_user_secret_kms_key_id == var.kms_key_arn
    )
    error_message = "One key for everything that is stored."
  }

  assert {
    condition     = aws_db_instance.this.iam_database_authentication_enabled && aws_db_instance.this.allow_major_version_upgrade && aws_db_instance.this.apply_immediately
    error_message = "Login with a token; an upgrade that does not wait for the maintenance window."
  }
}

run "changes_at_once" {
  command = plan

  variables {
    apply_immediately = true
  }

  assert {
    condition     = aws_db_instance.this.apply_immediately && !aws_db_instance.this.allow_major_version_upgrade
    error_message = "Without an upgrade, too."
  }
}

run "without_data_to_keep" {
  command = plan

  variables {
    deletion_protection     = false
    skip_final_snapshot     = true
    insights                = "off"
    password_managed_by_rds = false
    password_version        = 2
    log_exports             = []
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.final_snapshot_identifier == null
    error_message = "It can be deleted, and nothing stays."
  }

  assert {
    condition     = !aws_db_instance.this.performance_insights_enabled && aws_db_instance.this.database_insights_mode == "standard" && length(aws_cloudwatch_log_group.this) == 0
    error_message = "Nothing is recorded. RDS calls the mode of an instance without Performance Insights standard, too."
  }

  assert {
    condition = (
      aws_db_instance.this.manage_master_user_password == null &&
      aws_db_instance.this.password == null &&
      aws_db_instance.this.password_wo_version == 2 &&
      aws_secretsmanager_secret.master[0].name == "rainbow-seeker-db-master" &&
      aws_secretsmanager_secret.master[0].recovery_window_in_days == 0 &&
      aws_secretsmanager_secret_version.master[0].secret_string_wo_version == 2
    )
    error_message = "The password is write-only and lies in a secret, both of the same version."
  }
}

run "created" {
  command = apply

  override_resource {
    target = aws_db_instance.this
    values = {
      engine_version_actual = "17.6"
      master_user_secret    = [{ secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1" }]
    }
  }

  assert {
    condition     = can(regex("^rainbow-seeker-db-final-snapshot-[0-9]{14}$", aws_db_instance.this.final_snapshot_identifier))
    error_message = "The final snapshot has the name of the design document, and the time of the instance's creation."
  }

  assert {
    condition     = output.master_secret_arn == "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:rds!db-1" && output.engine_version == "17.6"
    error_message = "The secret is RDS's own."
  }

  assert {
    condition = (
      output.address == aws_db_instance.this.address && output.port == aws_db_instance.this.port && output.name == "shiojiri_rainbow" &&
      output.identifier == "rainbow-seeker-db" && output.resource_id == aws_db_instance.this.resource_id &&
      output.log_group_arns == { for log in ["postgresql", "upgrade"] : log => aws_cloudwatch_log_group.this[log].arn } &&
      aws_db_instance.this.parameter_group_name == aws_db_parameter_group.this.name
    )
    error_message = "What others connect to."
  }
}
