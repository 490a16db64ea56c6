# The local AWS returns a backup window of its own, and neither exported logs nor the mode of Database Insights.
resource "aws_db_instance" "this" {
  lifecycle {
    ignore_changes = [backup_window, enabled_cloudwatch_logs_exports, database_insights_mode]
  }
}
