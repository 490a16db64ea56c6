# One security group per role, with the names and descriptions of the design document. Rules are separate resources
# because the groups refer to each other. The design document allows all egress; here each group can reach only what it
# needs (docs/decisions/0014-network-and-edge.md).

locals {
  all_groups = {
    alb   = "Security group for ALB"
    ecs   = "Security group for ECS tasks"
    ml    = "Security group for ML tasks"
    rds   = "Security group for RDS"
    redis = "Security group for ElastiCache"
  }
  groups = { for role, description in local.all_groups : role => description if contains(setunion(["alb", "ecs"], var.parts), role) }
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5: attached by the modules that get security_group_ids; checkov does not follow the map.
  for_each    = local.groups
  name        = "${var.name}-${each.key}-sg${var.suffix}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-${each.key}-sg${var.suffix}" }
}

locals {
  from_cloudfront = var.public_ingress == "cloudfront"

  # A prefix list counts as many rules as it may have entries: CloudFront's as 55 of the 60 that a group may have, so
  # that only one port fits. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html
  from_internet = merge(local.from_cloudfront ? {} : { http = 80 }, { https = 443 })

  # client → server: each entry is an egress rule of the client and an ingress rule of the server
  all_connections = {
    alb-to-api   = { client = "alb", server = "ecs", port = var.ports.api }
    api-to-ml    = { client = "ecs", server = "ml", port = var.ports.ml }
    api-to-rds   = { client = "ecs", server = "rds", port = var.ports.database }
    api-to-redis = { client = "ecs", server = "redis", port = var.ports.cache }
  }
  between_groups = { for name, connection in local.all_connections : name => connection if contains(keys(local.groups), connection.server) }
}

# Addresses from which CloudFront connects to origins; AWS keeps the list up to date.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = local.from_cloudfront ? 1 : 0
  name  = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_vpc_security_group_ingress_rule" "from_internet" {
  #checkov:skip=CKV_AWS_260: port 80 only redirects to HTTPS; the design document opens it.
  for_each          = local.from_internet
  security_group_id = aws_security_group.this["alb"].id
  description       = each.key
  cidr_ipv4         = local.from_cloudfront ? null : "0.0.0.0/0"
  prefix_list_id    = one(data.aws_ec2_managed_prefix_list.cloudfront[*].id)
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_ingress_rule" "between_groups" {
  for_each                     = local.between_groups
  security_group_id            = aws_security_group.this[each.value.server].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this[each.value.client].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "between_groups" {
  for_each                     = local.between_groups
  security_group_id            = aws_security_group.this[each.value.client].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this[each.value.server].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# Outside the VPC, tasks reach AWS (ECR, logs, parameters, S3) and other services, such as the weather service, over HTTPS
# only.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = setintersection(["ecs", "ml"], keys(local.groups))
  security_group_id = aws_security_group.this[each.key].id
  description       = "AWS APIs and services outside of the VPC"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
