# An application load balancer: HTTPS with a certificate of its own or a given one, and one target group of type ip
# (Fargate tasks have no instance ID).

# For its region: the attributes of aws_region differ between versions 5 and 6 of the provider.
data "aws_service" "s3" {
  service_id = "s3"
}

locals {
  region = data.aws_service.s3.region
}

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_150: protected wherever the environment is (deletion_protection).
  #checkov:skip=CKV2_AWS_28: a firewall is a choice of the environment (web_acl); with module cdn it is better in front of CloudFront.
  #checkov:skip=CKV2_AWS_76: where there is a firewall, it has these rules; checkov does not follow dynamic blocks.
  name               = var.name
  internal           = var.internal
  load_balancer_type = "application"
  security_groups    = [var.security_group_id]
  subnets            = var.subnet_ids

  enable_deletion_protection = var.deletion_protection
  drop_invalid_header_fields = true

  # One prefix for all load balancers: the file names contain the name of the load balancer.
  dynamic "access_logs" {
    for_each = var.log_bucket == null ? [] : [var.log_bucket]

    content {
      bucket  = access_logs.value
      prefix  = "alb"
      enabled = true
    }
  }

  tags = { Name = var.name }
}

resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378: TLS ends at the load balancer, as in the design document; its security group reaches the tasks inside the VPC only.
  name        = var.target.name
  port        = var.target.port
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = var.vpc_id

  # Tasks exit within 25 s after SIGTERM; a longer delay would only slow down each deployment.
  deregistration_delay = 30

  health_check {
    path                = var.target.health_check_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    # Another name makes another group, which the listener gets before the old one goes: AWS refuses to delete a group
    # that a listener uses.
    create_before_destroy = true

    # The port is that of targets registered without one; ECS registers each task with the port of its container, and
    # health checks go there. Changing it would replace the group under its own name, which AWS refuses.
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    ignore_changes = [port]
  }

  tags = { Name = var.target.name }
}

locals {
  encrypted       = var.domain != null || var.certificate != null
  certificate_arn = var.domain == null ? try(var.certificate.arn, null) : one(module.certificate[*].arn)
}

resource "aws_lb_listener" "http" {
  #checkov:skip=CKV_AWS_2: redirects to HTTPS wherever there is a certificate.
  #checkov:skip=CKV_AWS_103: TLS is the other listener's.
  #checkov:skip=CKV2_AWS_20: redirects to HTTPS wherever there is a certificate.
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = local.encrypted ? "redirect" : "forward"
    target_group_arn = local.encrypted ? null : aws_lb_target_group.this.arn

    dynamic "redirect" {
      for_each = local.encrypted ? [true] : []

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }
  }
}

# The policy that AWS recommends: TLS 1.2 and 1.3, with post-quantum key exchange for clients that have it.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
resource "aws_lb_listener" "https" {
  count             = local.encrypted ? 1 : 0
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = local.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.web_acl == null ? 0 : 1
  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl.arn
}
