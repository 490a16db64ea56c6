# Input that AWS refuses, or with which backups would not work.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  suffix             = "-staging"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-backup-staging:none-yet"
  bucket             = { name = "rainbow-seeker-backups-staging", arn = "arn:aws:s3:::rainbow-seeker-backups-staging" }
  alerts_topic_arn   = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts-staging"
  log_retention_days = 30
  ephemeral_storage  = 105
  metric_namespace   = "RainbowSeeker-staging"

  database = {
    host    = "rainbow-seeker-db-staging.example.com"
    port    = 5432
    name    = "shiojiri_rainbow"
    ssl     = "verify-full"
    secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" }
  }
}

# Each run has one refused value of every variable that has as many.
run "refused_1" {
  command = plan

  variables {
    suffix                   = "staging"
    image                    = "rainbow-seeker-backup"
    bucket                   = { name = "b", arn = "b" }
    database                 = { host = "postgres://db.example.com", port = 5432, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
    ephemeral_storage        = 20
    metric_namespace         = ""
    alerts_topic_arn         = "rainbow-seeker-alerts"
    log_retention_days       = 0
    permissions_boundary_arn = "boundary"
    repository_arns          = ["rainbow-seeker-backup"]
  }

  expect_failures = [var.permissions_boundary_arn, var.repository_arns, var.suffix, var.image, var.bucket, var.database, var.ephemeral_storage, var.metric_namespace, var.alerts_topic_arn, var.log_retention_days]
}

run "refused_2" {
  command = plan

  variables {
    suffix             = "-Staging"
    image              = "https://registry/rainbow-seeker-backup:1"
    bucket             = { name = "b", arn = "arn:aws:s3:::b/*" }
    database           = { host = "db.example.com:5432", port = 5432, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
    ephemeral_storage  = 201
    metric_namespace   = ":Rainbow"
    log_retention_days = 10
  }

  expect_failures = [var.suffix, var.image, var.bucket, var.database, var.ephemeral_storage, var.metric_namespace, var.log_retention_days]
}

run "refused_3" {
  command = plan

  variables {
    image              = "rainbow seeker:1"
    database           = { host = "db.example.com", port = 0, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
    ephemeral_storage  = 21.5
    metric_namespace   = "AWS/RainbowSeeker"
    log_retention_days = 31
  }

  expect_failures = [var.image, var.database, var.ephemeral_storage, var.metric_namespace, var.log_retention_days]
}

run "refused_4" {
  command = plan

  variables {
    database = { host = "db.example.com", port = 65536, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }

  expect_failures = [var.database]
}

run "refused_5" {
  command = plan

  variables {
    database = { host = "db.example.com", port = 54.5, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }

  expect_failures = [var.database]
}

run "refused_6" {
  command = plan

  variables {
    database = { host = "db.example.com", port = 5432, name = "shiojiri_rainbow", ssl = "on", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }

  expect_failures = [var.database]
}

run "refused_7" {
  command = plan

  variables {
    database = { host = "db.example.com", port = 5432, name = "a-b", ssl = "verify-full", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }

  expect_failures = [var.database]
}

run "refused_8" {
  command = plan

  variables {
    database = { host = "db.example.com", port = 5432, name = "shiojiri_rainbow", ssl = "verify-full", secrets = { backup = "arn:x", master = "arn:x" } }
  }

  expect_failures = [var.database]
}

# The edges of what is allowed.
run "lowest" {
  command = plan

  variables {
    suffix             = ""
    image              = "localhost:5000/backup@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ephemeral_storage  = 21
    log_retention_days = 1
    database           = { host = "db.example.com", port = 1, name = "shiojiri_rainbow", ssl = "disable", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }
}

run "highest" {
  command = plan

  variables {
    ephemeral_storage  = 200
    log_retention_days = 3653
    database           = { host = "db.example.com", port = 65535, name = "shiojiri_rainbow", ssl = "verify-ca", secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" } }
  }
}
