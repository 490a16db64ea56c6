# A parameter group belongs to one major version. The next version's is created before the instance moves to it, and the
# old one deleted afterwards; a prefix instead of a name lets both exist.

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres${var.engine_major}"
  description = "${var.name}, PostgreSQL ${var.engine_major}"
  tags        = { Name = var.name }

  parameter {
    name  = "rds.force_ssl"
    value = var.force_ssl ? "1" : "0"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = tostring(var.slow_query_milliseconds)
  }

  lifecycle {
    create_before_destroy = true
  }
}
