# The local AWS returns a backup window of its own.
resource "aws_db_instance" "this" {
  lifecycle {
    ignore_changes = [backup_window]
  }
}
