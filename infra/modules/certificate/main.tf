# An ACM certificate that is validated through records in a Route 53 zone, and renewed for as long as they exist. In the
# region of the provider: CloudFront wants its certificates in us-east-1, a load balancer in its own region.

resource "aws_acm_certificate" "this" {
  domain_name       = var.domain
  validation_method = "DNS"
  tags              = { Name = var.domain }

  lifecycle {
    # A listener keeps the old certificate until it has the new one.
    create_before_destroy = true
  }
}

# ACM asks for the same record in each region, so that a second certificate for the domain overwrites it with itself.
resource "aws_route53_record" "validation" {
  zone_id         = var.zone_id
  name            = one(aws_acm_certificate.this.domain_validation_options).resource_record_name
  type            = one(aws_acm_certificate.this.domain_validation_options).resource_record_type
  records         = [one(aws_acm_certificate.this.domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]
}
