# The answer to everybody in an emergency, by choice. The condition of the rule is the switch, and the action
# service-control turns it: nobody asks for this host (RFC 2606 reserves the domain), and "path-pattern /*" matches each
# request. So Terraform makes the rule and leaves its condition alone, as with the desired count of a service.

resource "aws_lb_listener_rule" "maintenance" {
  count        = var.maintenance == null ? 0 : 1
  listener_arn = local.encrypted ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn

  # Before every rule that others may add.
  priority = 1

  action {
    type = "fixed-response"

    fixed_response {
      status_code  = "503"
      content_type = var.maintenance.content_type
      message_body = var.maintenance.body
    }
  }

  condition {
    host_header {
      values = ["maintenance.invalid"]
    }
  }

  lifecycle {
    ignore_changes = [condition]
  }

  tags = { Name = "${var.name}-maintenance" }
}
