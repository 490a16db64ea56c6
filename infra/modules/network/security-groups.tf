# One security group per role. Rules are separate resources because the groups refer to each other.
# The design document allows all egress; here each group can reach only what it needs.

locals {
  groups = {
    alb   = "Load balancer: HTTP and HTTPS from the internet"
    ecs   = "api tasks: from the load balancer"
    ml    = "ml tasks: from api only"
    rds   = "PostgreSQL: from api tasks"
    redis = "Redis: from api tasks"
  }
}

resource "aws_security_group" "this" {
  for_each    = local.groups
  name        = "rainbow-seeker-${each.key}-sg${var.suffix}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "rainbow-seeker-${each.key}-sg${var.suffix}" }
}

locals {
  from_internet = {
    http  = { group = "alb", port = 80 }
    https = { group = "alb", port = 443 }
  }

  # client → server: each entry is an egress rule of the client and an ingress rule of the server
  between_groups = {
    alb-to-api   = { client = "alb", server = "ecs", port = 3000 }
    api-to-ml    = { client = "ecs", server = "ml", port = 5000 }
    api-to-rds   = { client = "ecs", server = "rds", port = 5432 }
    api-to-redis = { client = "ecs", server = "redis", port = 6379 }
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_internet" {
  for_each          = local.from_internet
  security_group_id = aws_security_group.this[each.value.group].id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
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

# Outside the VPC, tasks reach AWS (ECR, logs, parameters, S3) and the weather service over HTTPS only.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = toset(["ecs", "ml"])
  security_group_id = aws_security_group.this[each.key].id
  description       = "AWS APIs and the weather service"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
