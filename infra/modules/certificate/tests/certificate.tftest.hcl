# A certificate, and the record that proves the domain.

mock_provider "aws" {
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:123456789012:certificate/0"
      domain_validation_options = [{
        domain_name           = "rainbow.example.com"
        resource_record_name  = "_0.rainbow.example.com."
        resource_record_type  = "CNAME"
        resource_record_value = "_1.acm-validations.aws."
      }]
    }
  }
}

variables {
  domain  = "rainbow.example.com"
  zone_id = "Z0123456789ABCDEFGHIJ"
}

run "validated" {
  assert {
    condition     = [aws_acm_certificate.this.domain_name, aws_acm_certificate.this.validation_method, aws_acm_certificate.this.tags["Name"]] == ["rainbow.example.com", "DNS", "rainbow.example.com"]
    error_message = "The certificate is for another name, or validated in another way."
  }

  assert {
    condition     = jsonencode([aws_route53_record.validation.zone_id, aws_route53_record.validation.name, aws_route53_record.validation.type, aws_route53_record.validation.records, aws_route53_record.validation.ttl, aws_route53_record.validation.allow_overwrite]) == jsonencode(["Z0123456789ABCDEFGHIJ", "_0.rainbow.example.com.", "CNAME", ["_1.acm-validations.aws."], 300, true])
    error_message = "The record is not the one that ACM asks for."
  }

  assert {
    condition     = aws_acm_certificate_validation.this.validation_record_fqdns == toset([aws_route53_record.validation.fqdn]) && [aws_acm_certificate_validation.this.certificate_arn, output.arn] == [aws_acm_certificate.this.arn, aws_acm_certificate.this.arn]
    error_message = "The output is the ARN of the certificate, once it is valid."
  }
}
