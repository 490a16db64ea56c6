# Plans only: policy documents are rendered by the real provider, without an AWS account.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  suffix             = "-staging"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-backup-staging:none-yet"
  bucket             = { name = "rainbow-seeker-backups-staging", arn = "arn:aws:s3:::rainbow-seeker-backups-staging" }
  alerts_topic_arn   = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts-staging"
  log_retention_days = 30
  ephemeral_storage  = 105

  database = {
    host    = "rainbow-seeker-db-staging.example.com"
    port    = 5432
    name    = "shiojiri_rainbow"
    ssl     = "verify-full"
    secrets = { backup = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup", master = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master" }
  }
}

run "the_writer_cannot_delete" {
  command = plan

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.task.json, "Delete")
    error_message = "The role that writes backups may delete."
  }
}

# test/roles evaluates this policy for every kind of write.
run "the_writer_cannot_overwrite" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.task.json).Statement :
      can(statement.Condition) if contains(flatten([statement.Action]), "s3:PutObject")
    ])
    error_message = "The role that writes backups may write without a condition."
  }
}

run "silence_for_26_hours_is_an_alarm" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.no_backup.treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.no_backup.period * aws_cloudwatch_metric_alarm.no_backup.datapoints_to_alarm == 26 * 3600
    error_message = "The alarm does not stand for 26 hours without a backup."
  }
}

run "backup_and_restore_are_others" {
  command = plan

  assert {
    condition     = local.tasks.backup.user == "rainbow_backup" && local.tasks.restore.user == "postgres"
    error_message = "A backup must not be made by the master."
  }
}
