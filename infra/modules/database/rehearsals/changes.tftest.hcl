# Changes of an instance that exists. test/terraform/rehearsals.test.ts reads from each plan what it would do.

mock_provider "aws" {
  mock_resource "aws_db_instance" {
    defaults = { engine_version_actual = "17.6", master_user_secret = [] }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name                    = "rainbow-seeker-db"
  subnet_ids              = ["subnet-1", "subnet-2"]
  security_group_id       = "sg-1"
  instance_class          = "db.t3.micro"
  database_name           = "shiojiri_rainbow"
  password_managed_by_rds = false
}

run "an_instance_that_exists" {
  command = apply
}

run "nothing" {
  command = plan
}

run "a_larger_instance" {
  command = plan

  variables {
    instance_class = "db.r5.large"
  }
}

run "a_password_that_rds_manages" {
  command = plan

  variables {
    password_managed_by_rds = true
  }
}

run "another_password" {
  command = plan

  variables {
    password_version = 2
  }
}

run "the_next_major_version_by_mistake" {
  command = plan

  variables {
    engine_major = "18"
  }

  expect_failures = [output.engine_version]
}

run "the_next_major_version" {
  command = plan

  variables {
    engine_major                = "18"
    allow_major_version_upgrade = true
  }
}

run "the_previous_major_version" {
  command = plan

  variables {
    engine_major                = "16"
    allow_major_version_upgrade = true
  }

  expect_failures = [output.engine_version]
}

run "another_database_name" {
  command = plan

  variables {
    database_name = "nagano_rainbow"
  }
}

run "enhanced_monitoring" {
  command = plan

  variables {
    monitoring_interval = 60
  }
}
