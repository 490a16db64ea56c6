# CloudFront in front of everything, as in the design document's picture: static assets from their bucket, cached at the
# edge; everything else to the load balancer, uncached.

locals {
  # IDs of AWS's managed policies, the same in every account.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
  caching_optimized      = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled       = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer             = "216adef6-5c7f-47e4-b989-5492eafa07d3"
  all_viewer_except_host = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
  all_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
}

# CloudFront signs its requests to the bucket, which refuses all others.
resource "aws_cloudfront_origin_access_control" "assets" {
  name                              = var.name
  description                       = "Static assets"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_86: standard logging v2, which the environment sets up in us-east-1 (module cdn-logs), not the old one with ACLs.
  #checkov:skip=CKV_AWS_68: a firewall is a choice of the environment (web_acl_arn).
  #checkov:skip=CKV2_AWS_47: the managed rules of module web-acl include those against Log4j; a firewall is a choice.
  #checkov:skip=CKV_AWS_310: both origins are highly available by themselves; there is no second one to fail over to.
  #checkov:skip=CKV_AWS_374: users are wherever they are.
  #checkov:skip=CKV_AWS_305: the load balancer answers / itself; the bucket has no page.
  #checkov:skip=CKV_AWS_174: TLSv1.2_2021 wherever there is a certificate; CloudFront's own name takes no other than its default.
  #checkov:skip=CKV2_AWS_42: a certificate wherever there is a domain.
  enabled         = true
  comment         = var.name
  aliases         = var.domain == null ? [] : [var.domain.name]
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.price_class
  web_acl_id      = var.web_acl_arn
  tags            = { Name = var.name }

  origin {
    origin_id                = "assets"
    domain_name              = var.assets_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.assets.id
  }

  origin {
    origin_id   = "api"
    domain_name = var.api.domain_name

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = var.api.https ? "https-only" : "http-only"
      origin_ssl_protocols   = ["TLSv1.2"]

      # Shorter than the load balancer's idle timeout of 60 s, so that no request is sent on a connection that it closes.
      origin_keepalive_timeout = 30
      origin_read_timeout      = 60
    }
  }

  # Uncached, with all that the viewer sent. With a domain, the viewer's Host as well: the load balancer's certificate is
  # for that name, which CloudFront compares. Without one, the Host is the origin's own name.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html
  default_cache_behavior {
    target_origin_id           = "api"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = local.all_methods
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.caching_disabled
    origin_request_policy_id   = var.domain == null ? local.all_viewer_except_host : local.all_viewer
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    compress                   = true
  }

  ordered_cache_behavior {
    path_pattern               = var.assets_path
    target_origin_id           = "assets"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    compress                   = true
  }

  # The newest policy that version 5.100 of the provider knows.
  viewer_certificate {
    acm_certificate_arn            = try(var.domain.certificate_arn, null)
    cloudfront_default_certificate = var.domain == null
    minimum_protocol_version       = var.domain == null ? "TLSv1" : "TLSv1.2_2021"
    ssl_support_method             = var.domain == null ? null : "sni-only"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}

# What api sets itself stays; these are for whatever it does not set, and for the assets.
resource "aws_cloudfront_response_headers_policy" "this" {
  #checkov:skip=CKV_AWS_259: strict transport security is on for a year; other names below the domain are not this system's to promise for.
  name    = "${var.name}-security-headers"
  comment = "Security headers"

  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = false
      override                   = false
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = false
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }

    # For the assets: api sends a policy of its own with its page.
    content_security_policy {
      content_security_policy = "default-src 'none'; frame-ancestors 'none'"
      override                = false
    }
  }
}

resource "aws_route53_record" "this" {
  for_each = toset(try(var.domain.record, null) == null ? [] : ["A", "AAAA"])
  zone_id  = var.domain.record.zone_id
  name     = var.domain.name
  type     = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}
