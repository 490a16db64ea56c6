mock_provider "aws" {}

variables {
  suffix                   = ""
  cluster_name             = "rainbow-seeker-cluster"
  api_service_name         = "rainbow-seeker-api"
  database_identifier      = "rainbow-seeker-db"
  load_balancer_arn_suffix = "app/rainbow-seeker-alb/1"
  alert_emails             = []
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["high-cpu"].alarm_name == "rainbow-seeker-high-cpu" && aws_cloudwatch_metric_alarm.this["db-connections"].alarm_name == "rainbow-seeker-db-connections"
    error_message = "Alarm names differ from the design document's."
  }

  assert {
    condition = alltrue([for name in ["high-cpu", "db-connections"] : (
      aws_cloudwatch_metric_alarm.this[name].threshold == 80 &&
      aws_cloudwatch_metric_alarm.this[name].period == 300 &&
      aws_cloudwatch_metric_alarm.this[name].evaluation_periods == 2 &&
      aws_cloudwatch_metric_alarm.this[name].comparison_operator == "GreaterThanThreshold"
    )])
    error_message = "Thresholds differ from the design document's."
  }
}
