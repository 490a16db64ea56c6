# CloudFront with and without a domain.

mock_provider "aws" {
  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS", domain_name = "d111111abcdef8.cloudfront.net", hosted_zone_id = "Z2FDTNDATAQYW2" }
  }
}

variables {
  name               = "rainbow-seeker"
  assets_domain_name = "rainbow-seeker-assets.s3.ap-northeast-1.amazonaws.com"
  api                = { domain_name = "rainbow-seeker-alb-1.ap-northeast-1.elb.amazonaws.com" }
}

run "with_a_domain" {
  variables {
    web_acl_arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rainbow-seeker/1"
    domain = {
      name            = "rainbow.example.com"
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0"
      record          = { zone_id = "Z0123456789ABCDEFGHIJ" }
    }
  }

  assert {
    condition     = jsonencode([aws_cloudfront_distribution.this.enabled, aws_cloudfront_distribution.this.comment, aws_cloudfront_distribution.this.aliases, aws_cloudfront_distribution.this.is_ipv6_enabled, aws_cloudfront_distribution.this.http_version, aws_cloudfront_distribution.this.price_class, aws_cloudfront_distribution.this.web_acl_id, aws_cloudfront_distribution.this.tags["Name"]]) == jsonencode([true, "rainbow-seeker", ["rainbow.example.com"], true, "http2and3", "PriceClass_200", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rainbow-seeker/1", "rainbow-seeker"])
    error_message = "A setting of the distribution differs."
  }

  assert {
    condition = jsonencode({ for origin in aws_cloudfront_distribution.this.origin : origin.origin_id => [origin.domain_name, [for custom in origin.custom_origin_config : [custom.http_port, custom.https_port, custom.origin_protocol_policy, custom.origin_ssl_protocols, custom.origin_keepalive_timeout, custom.origin_read_timeout]]] }) == jsonencode({
      api    = ["rainbow-seeker-alb-1.ap-northeast-1.elb.amazonaws.com", [[80, 443, "https-only", ["TLSv1.2"], 30, 60]]]
      assets = ["rainbow-seeker-assets.s3.ap-northeast-1.amazonaws.com", []]
    })
    error_message = "The origins are the bucket, and the load balancer by HTTPS."
  }

  assert {
    condition     = [for origin in aws_cloudfront_distribution.this.origin : origin.origin_access_control_id if origin.origin_id == "assets"] == [aws_cloudfront_origin_access_control.assets.id] && [aws_cloudfront_origin_access_control.assets.name, aws_cloudfront_origin_access_control.assets.description, aws_cloudfront_origin_access_control.assets.origin_access_control_origin_type, aws_cloudfront_origin_access_control.assets.signing_behavior, aws_cloudfront_origin_access_control.assets.signing_protocol] == ["rainbow-seeker", "Static assets", "s3", "always", "sigv4"]
    error_message = "CloudFront signs its requests to the bucket."
  }

  assert {
    condition     = jsonencode([for to in aws_cloudfront_distribution.this.default_cache_behavior : [to.target_origin_id, to.viewer_protocol_policy, sort(to.allowed_methods), sort(to.cached_methods), to.cache_policy_id, to.origin_request_policy_id, to.response_headers_policy_id, to.compress]]) == jsonencode([["api", "redirect-to-https", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], ["GET", "HEAD"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "216adef6-5c7f-47e4-b989-5492eafa07d3", aws_cloudfront_response_headers_policy.this.id, true]])
    error_message = "The load balancer gets everything, uncached, with the viewer's Host."
  }

  assert {
    condition     = jsonencode([for to in aws_cloudfront_distribution.this.ordered_cache_behavior : [to.path_pattern, to.target_origin_id, to.viewer_protocol_policy, sort(to.allowed_methods), sort(to.cached_methods), to.cache_policy_id, to.response_headers_policy_id, to.compress]]) == jsonencode([["/assets/*", "assets", "redirect-to-https", ["GET", "HEAD"], ["GET", "HEAD"], "658327ea-f89d-4fab-a63d-7e88639e58f6", aws_cloudfront_response_headers_policy.this.id, true]])
    error_message = "Assets come from the bucket, cached."
  }

  assert {
    condition     = jsonencode([for one in aws_cloudfront_distribution.this.viewer_certificate : [one.acm_certificate_arn, one.cloudfront_default_certificate, one.minimum_protocol_version, one.ssl_support_method]]) == jsonencode([["arn:aws:acm:us-east-1:123456789012:certificate/0", false, "TLSv1.2_2021", "sni-only"]]) && aws_cloudfront_distribution.this.restrictions[0].geo_restriction[0].restriction_type == "none"
    error_message = "The domain's certificate, with TLS 1.2 and newer."
  }

  assert {
    condition     = jsonencode([for one in aws_cloudfront_response_headers_policy.this.security_headers_config : [[for to in one.strict_transport_security : [to.access_control_max_age_sec, to.include_subdomains, to.override]], [for to in one.content_type_options : to.override], [for to in one.frame_options : [to.frame_option, to.override]], [for to in one.referrer_policy : [to.referrer_policy, to.override]], [for to in one.content_security_policy : [to.content_security_policy, to.override]]]]) == jsonencode([[[[31536000, false, false]], [true], [["DENY", false]], [["strict-origin-when-cross-origin", false]], [["default-src 'none'; frame-ancestors 'none'", false]]]]) && aws_cloudfront_response_headers_policy.this.name == "rainbow-seeker-security-headers" && aws_cloudfront_response_headers_policy.this.comment == "Security headers"
    error_message = "A security header differs."
  }

  assert {
    condition     = jsonencode({ for type, record in aws_route53_record.this : type => [record.zone_id, record.name, record.type, [for to in record.alias : [to.name, to.zone_id, to.evaluate_target_health]]] }) == jsonencode({ for type in ["A", "AAAA"] : type => ["Z0123456789ABCDEFGHIJ", "rainbow.example.com", type, [["d111111abcdef8.cloudfront.net", "Z2FDTNDATAQYW2", false]]] })
    error_message = "The domain leads to CloudFront, by IPv4 and IPv6."
  }

  assert {
    condition     = [output.arn, output.id, output.domain_name, output.url] == [aws_cloudfront_distribution.this.arn, aws_cloudfront_distribution.this.id, "d111111abcdef8.cloudfront.net", "https://rainbow.example.com/"]
    error_message = "An output differs."
  }
}

run "without_a_domain" {
  variables {
    api = { domain_name = "localhost", https = false }
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this.aliases) == 0 && jsonencode([for one in aws_cloudfront_distribution.this.viewer_certificate : [one.cloudfront_default_certificate, one.minimum_protocol_version, one.ssl_support_method]]) == jsonencode([[true, "TLSv1", null]]) && length(aws_route53_record.this) == 0 && output.url == "https://d111111abcdef8.cloudfront.net/"
    error_message = "Without a domain, CloudFront's own name and certificate."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac" && [for origin in aws_cloudfront_distribution.this.origin : origin.custom_origin_config[0].origin_protocol_policy if origin.origin_id == "api"] == ["http-only"]
    error_message = "Without a domain, the Host is the origin's own."
  }
}
