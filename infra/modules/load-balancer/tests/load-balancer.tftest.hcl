# The load balancer of the design document, plain, with a given certificate and with a domain.

mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/rainbow-seeker-alb/1", dns_name = "rainbow-seeker-alb-1.ap-northeast-1.elb.amazonaws.com", zone_id = "Z14GRHDCWA56QT" }
  }

  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/rainbow-seeker-api/1" }
  }

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn                       = "arn:aws:acm:ap-northeast-1:123456789012:certificate/1"
      domain_validation_options = [{ domain_name = "rainbow.example.com", resource_record_name = "_1.rainbow.example.com", resource_record_type = "CNAME", resource_record_value = "_2.acm-validations.aws" }]
    }
  }

  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/1" }
  }
}

variables {
  name              = "rainbow-seeker-alb"
  vpc_id            = "vpc-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  target            = { name = "rainbow-seeker-api", port = 3000 }
}

run "with_a_certificate_a_firewall_and_logs" {
  variables {
    certificate = { arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/0" }
    web_acl     = { arn = "arn:aws:wafv2:ap-northeast-1:123456789012:regional/webacl/rainbow-seeker/1" }
    log_bucket  = "rainbow-seeker-logs"
  }

  assert {
    condition     = [aws_lb.this.name, aws_lb.this.load_balancer_type, one(aws_lb.this.security_groups), aws_lb.this.tags["Name"]] == ["rainbow-seeker-alb", "application", "sg-1", "rainbow-seeker-alb"] && aws_lb.this.subnets == toset(["subnet-1", "subnet-2"]) && !aws_lb.this.internal
    error_message = "The load balancer differs from the design document's."
  }

  assert {
    condition     = aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields
    error_message = "By default it is protected, and drops invalid headers."
  }

  assert {
    condition     = jsonencode([for logs in aws_lb.this.access_logs : [logs.bucket, logs.prefix, logs.enabled]]) == jsonencode([["rainbow-seeker-logs", "alb", true]])
    error_message = "Access logs go to the bucket, under alb/."
  }

  assert {
    condition     = jsonencode([aws_lb_target_group.this.name, aws_lb_target_group.this.port, aws_lb_target_group.this.protocol, aws_lb_target_group.this.target_type, aws_lb_target_group.this.vpc_id, aws_lb_target_group.this.deregistration_delay, aws_lb_target_group.this.tags["Name"]]) == jsonencode(["rainbow-seeker-api", 3000, "HTTP", "ip", "vpc-1", "30", "rainbow-seeker-api"])
    error_message = "The target group differs."
  }

  assert {
    condition     = jsonencode([for check in aws_lb_target_group.this.health_check : [check.path, check.matcher, check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold]]) == jsonencode([["/health", "200", 10, 5, 2, 3]])
    error_message = "The health check differs."
  }

  assert {
    condition     = jsonencode([aws_lb_listener.http.port, aws_lb_listener.http.protocol, aws_lb_listener.http.load_balancer_arn]) == jsonencode([80, "HTTP", aws_lb.this.arn]) && jsonencode([for action in aws_lb_listener.http.default_action : [action.type, action.target_group_arn, [for to in action.redirect : [to.protocol, to.port, to.status_code]]]]) == jsonencode([["redirect", null, [["HTTPS", "443", "HTTP_301"]]]])
    error_message = "HTTP redirects to HTTPS for good."
  }

  assert {
    condition     = jsonencode([for one in aws_lb_listener.https : [one.port, one.protocol, one.load_balancer_arn, one.certificate_arn, one.ssl_policy, [for action in one.default_action : [action.type, action.target_group_arn]]]]) == jsonencode([[443, "HTTPS", aws_lb.this.arn, "arn:aws:acm:ap-northeast-1:123456789012:certificate/0", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", [["forward", aws_lb_target_group.this.arn]]]])
    error_message = "HTTPS has the certificate and the TLS policy that AWS recommends."
  }

  assert {
    condition     = jsonencode([for one in aws_wafv2_web_acl_association.this : [one.resource_arn, one.web_acl_arn]]) == jsonencode([[aws_lb.this.arn, "arn:aws:wafv2:ap-northeast-1:123456789012:regional/webacl/rainbow-seeker/1"]])
    error_message = "The web ACL filters the load balancer's requests."
  }

  assert {
    condition     = length(aws_route53_record.this) == 0 && length(module.certificate) == 0 && output.url == "https://rainbow-seeker-alb-1.ap-northeast-1.elb.amazonaws.com/"
    error_message = "With a given certificate, there are no records."
  }
}

# AWS refuses to replace a group that a listener uses; ECS registers tasks with their own port.
run "another_port_keeps_the_target_group" {
  variables {
    certificate = { arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/0" }
    target      = { name = "rainbow-seeker-api", port = 3100, health_check_path = "/ready" }
  }

  assert {
    condition     = aws_lb_target_group.this.port == 3000 && one(aws_lb_target_group.this.health_check).path == "/ready"
    error_message = "A changed port changes the target group, which replaces it."
  }

  assert {
    condition     = length(aws_lb.this.access_logs) == 0 && length(aws_wafv2_web_acl_association.this) == 0
    error_message = "Access logs and firewall are choices."
  }
}

run "with_a_domain" {
  variables {
    domain = { name = "rainbow.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = jsonencode([for record in aws_route53_record.this : [record.zone_id, record.name, record.type, [for to in record.alias : [to.name, to.zone_id, to.evaluate_target_health]]]]) == jsonencode([["Z0123456789ABCDEFGHIJ", "rainbow.example.com", "A", [[aws_lb.this.dns_name, aws_lb.this.zone_id, false]]]])
    error_message = "The domain leads to the load balancer."
  }

  assert {
    condition     = [for one in aws_lb_listener.https : one.certificate_arn] == ["arn:aws:acm:ap-northeast-1:123456789012:certificate/1"] && [for action in aws_lb_listener.http.default_action : action.type] == ["redirect"] && output.url == "https://rainbow.example.com/"
    error_message = "HTTPS has the certificate that was requested for the domain."
  }
}

run "behind_cloudfront" {
  variables {
    domain = { name = "rainbow.example.com", zone_id = "Z0123456789ABCDEFGHIJ", record = false }
  }

  assert {
    condition     = length(aws_route53_record.this) == 0 && length(aws_lb_listener.https) == 1
    error_message = "The certificate is here, the record elsewhere."
  }
}

run "without_a_certificate" {
  variables {
    internal            = true
    deletion_protection = false
  }

  assert {
    condition     = length(aws_lb_listener.https) == 0 && jsonencode([for action in aws_lb_listener.http.default_action : [action.type, action.target_group_arn, length(action.redirect)]]) == jsonencode([["forward", aws_lb_target_group.this.arn, 0]])
    error_message = "Plain HTTP is answered by the tasks."
  }

  assert {
    condition     = aws_lb.this.internal && !aws_lb.this.enable_deletion_protection && startswith(output.url, "http://")
    error_message = "Internal and unprotected are choices."
  }
}

run "certificate" {
  module {
    source = "../certificate"
  }

  variables {
    domain  = "rainbow.example.com"
    zone_id = "Z0123456789ABCDEFGHIJ"
  }

  assert {
    condition     = [aws_acm_certificate.this.domain_name, aws_acm_certificate.this.validation_method, aws_acm_certificate.this.tags["Name"]] == ["rainbow.example.com", "DNS", "rainbow.example.com"]
    error_message = "The certificate is for the domain."
  }

  assert {
    condition     = jsonencode([aws_route53_record.validation.zone_id, aws_route53_record.validation.name, aws_route53_record.validation.type, aws_route53_record.validation.records, aws_route53_record.validation.ttl, aws_route53_record.validation.allow_overwrite]) == jsonencode(["Z0123456789ABCDEFGHIJ", "_1.rainbow.example.com", "CNAME", ["_2.acm-validations.aws"], 300, true])
    error_message = "The record is the one that ACM asks for."
  }

  assert {
    condition     = aws_acm_certificate_validation.this.certificate_arn == aws_acm_certificate.this.arn && aws_acm_certificate_validation.this.validation_record_fqdns == toset([aws_route53_record.validation.fqdn]) && output.arn == aws_acm_certificate_validation.this.certificate_arn
    error_message = "The certificate is given out once it is valid."
  }
}
