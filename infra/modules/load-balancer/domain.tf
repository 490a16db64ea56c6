# The certificate of the domain, and the record that leads there.

module "certificate" {
  count   = var.domain == null ? 0 : 1
  source  = "../certificate"
  domain  = var.domain.name
  zone_id = var.domain.zone_id
}

resource "aws_route53_record" "this" {
  count   = try(var.domain.record, false) ? 1 : 0
  zone_id = var.domain.zone_id
  name    = var.domain.name
  type    = "A"

  alias {
    name    = aws_lb.this.dns_name
    zone_id = aws_lb.this.zone_id

    # With one load balancer there is nothing else to answer with.
    evaluate_target_health = false
  }
}
