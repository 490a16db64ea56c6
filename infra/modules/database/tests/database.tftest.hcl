mock_provider "aws" {}

variables {
  suffix                  = ""
  subnet_ids              = ["subnet-1", "subnet-2"]
  security_group_id       = "sg-1"
  engine_major            = "17"
  instance_class          = "db.r5.large"
  multi_az                = true
  allocated_storage       = 20
  max_allocated_storage   = 100
  backup_retention_days   = 7
  force_ssl               = true
  performance_insights    = true
  deletion_protection     = true
  skip_final_snapshot     = false
  password_managed_by_rds = true
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition = (
      aws_db_instance.this.identifier == "rainbow-seeker-db" &&
      aws_db_instance.this.db_name == "shiojiri_rainbow" &&
      aws_db_instance.this.allocated_storage == 20 &&
      aws_db_instance.this.max_allocated_storage == 100 &&
      aws_db_instance.this.storage_encrypted &&
      aws_db_instance.this.backup_retention_period == 7 &&
      aws_db_instance.this.final_snapshot_identifier == "rainbow-seeker-db-final-snapshot"
    )
    error_message = "The instance differs from the design document's."
  }

  assert {
    condition     = aws_db_instance.this.backup_window == "18:00-19:00" && aws_db_instance.this.maintenance_window == "sat:19:00-sat:20:00"
    error_message = "The maintenance hours are the night in Japan, given in UTC."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && length(aws_secretsmanager_secret.master) == 0
    error_message = "RDS keeps the master password itself."
  }
}

run "password_in_a_secret_of_the_same_shape" {
  command = plan

  variables {
    password_managed_by_rds = false
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password == null && aws_db_instance.this.password == null && length(aws_secretsmanager_secret.master) == 1
    error_message = "The password is write-only and lies in a secret."
  }
}
