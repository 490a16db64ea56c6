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
  metric_namespace   = "RainbowSeeker-staging"

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
    condition = jsonencode([for alarm in [aws_cloudwatch_metric_alarm.no_backup] : [
      alarm.alarm_name, alarm.alarm_description, alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.comparison_operator, alarm.threshold, alarm.treat_missing_data,
      alarm.alarm_actions, alarm.ok_actions
      ]]) == jsonencode([[
      "rainbow-seeker-no-backup-staging", "No backup of the database for 26 hours", 26, 26, "LessThanThreshold", 1, "breaching",
      [var.alerts_topic_arn], [var.alerts_topic_arn]
    ]])
    error_message = "The alarm does not stand for 26 hours without a backup: ${jsonencode(aws_cloudwatch_metric_alarm.no_backup)}"
  }

  # In the environment's own namespace: a backup of production says nothing about staging.
  assert {
    condition = jsonencode([
      { for query in aws_cloudwatch_metric_alarm.no_backup.metric_query : query.expression => query.return_data if query.id == "result" },
      [
        for query in aws_cloudwatch_metric_alarm.no_backup.metric_query :
        [query.id, query.metric[0].namespace, query.metric[0].metric_name, query.metric[0].dimensions, query.metric[0].stat, query.metric[0].period] if query.id != "result"
      ],
      ]) == jsonencode([
      { "FILL(backups, 0)" = true },
      [["backups", "RainbowSeeker-staging", "BackupSuccess", { Database = "shiojiri_rainbow" }, "Sum", 3600]],
    ])
    error_message = "The alarm does not count backups by the hour: ${jsonencode(aws_cloudwatch_metric_alarm.no_backup.metric_query)}"
  }

  assert {
    condition     = [for statement in jsondecode(data.aws_iam_policy_document.task.json).Statement : statement.Condition if statement.Action == "cloudwatch:PutMetricData"] == [{ StringEquals = { "cloudwatch:namespace" = "RainbowSeeker-staging" } }]
    error_message = "Tasks may send metrics to another namespace than their environment's."
  }
}

run "backup_and_restore_are_others" {
  command = plan

  assert {
    condition     = local.tasks.backup.user == "rainbow_backup" && local.tasks.restore.user == "postgres"
    error_message = "A backup must not be made by the master."
  }
}
