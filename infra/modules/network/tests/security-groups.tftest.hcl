# Who can reach whom: the names, descriptions and ingress rules of the design document, and egress to nowhere else.

mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-58a04531" }
  }
}

variables {
  name = "rainbow-seeker"
  cidr = "10.0.0.0/16"

  zones = {
    "ap-northeast-1a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
    "ap-northeast-1c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
  }
}

run "as_in_the_design_document" {
  assert {
    condition = jsonencode({ for role, group in aws_security_group.this : role => [group.name, group.description, group.tags["Name"]] }) == jsonencode({
      alb   = ["rainbow-seeker-alb-sg", "Security group for ALB", "rainbow-seeker-alb-sg"]
      ecs   = ["rainbow-seeker-ecs-sg", "Security group for ECS tasks", "rainbow-seeker-ecs-sg"]
      ml    = ["rainbow-seeker-ml-sg", "Security group for ML tasks", "rainbow-seeker-ml-sg"]
      rds   = ["rainbow-seeker-rds-sg", "Security group for RDS", "rainbow-seeker-rds-sg"]
      redis = ["rainbow-seeker-redis-sg", "Security group for ElastiCache", "rainbow-seeker-redis-sg"]
    })
    error_message = "Names or descriptions of security groups differ from the design document's."
  }

  assert {
    condition     = alltrue([for group in aws_security_group.this : group.vpc_id == aws_vpc.this.id]) && output.security_group_ids == { for role, group in aws_security_group.this : role => group.id }
    error_message = "The groups are in the VPC, and an output."
  }

  assert {
    condition = jsonencode({ for key, rule in aws_vpc_security_group_ingress_rule.from_internet : key => [rule.security_group_id, rule.description, rule.cidr_ipv4, rule.prefix_list_id, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)] }) == jsonencode({
      http  = [aws_security_group.this["alb"].id, "http", "0.0.0.0/0", null, "tcp", "80", "80"]
      https = [aws_security_group.this["alb"].id, "https", "0.0.0.0/0", null, "tcp", "443", "443"]
    })
    error_message = "HTTP and HTTPS from the internet reach the load balancer, and nothing else."
  }

  assert {
    condition = jsonencode({ for key, rule in aws_vpc_security_group_ingress_rule.between_groups : key => [rule.security_group_id, rule.referenced_security_group_id, rule.description, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)] }) == jsonencode({
      alb-to-api   = [aws_security_group.this["ecs"].id, aws_security_group.this["alb"].id, "alb-to-api", "tcp", "3000", "3000"]
      api-to-ml    = [aws_security_group.this["ml"].id, aws_security_group.this["ecs"].id, "api-to-ml", "tcp", "5000", "5000"]
      api-to-rds   = [aws_security_group.this["rds"].id, aws_security_group.this["ecs"].id, "api-to-rds", "tcp", "5432", "5432"]
      api-to-redis = [aws_security_group.this["redis"].id, aws_security_group.this["ecs"].id, "api-to-redis", "tcp", "6379", "6379"]
    })
    error_message = "Ingress between the groups differs."
  }

  assert {
    condition = jsonencode({ for key, rule in aws_vpc_security_group_egress_rule.between_groups : key => [rule.security_group_id, rule.referenced_security_group_id, rule.description, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)] }) == jsonencode({
      alb-to-api   = [aws_security_group.this["alb"].id, aws_security_group.this["ecs"].id, "alb-to-api", "tcp", "3000", "3000"]
      api-to-ml    = [aws_security_group.this["ecs"].id, aws_security_group.this["ml"].id, "api-to-ml", "tcp", "5000", "5000"]
      api-to-rds   = [aws_security_group.this["ecs"].id, aws_security_group.this["rds"].id, "api-to-rds", "tcp", "5432", "5432"]
      api-to-redis = [aws_security_group.this["ecs"].id, aws_security_group.this["redis"].id, "api-to-redis", "tcp", "6379", "6379"]
    })
    error_message = "Egress between the groups differs."
  }

  assert {
    condition = jsonencode({ for key, rule in aws_vpc_security_group_egress_rule.https : key => [rule.security_group_id, rule.description, rule.cidr_ipv4, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)] }) == jsonencode({
      ecs = [aws_security_group.this["ecs"].id, "AWS APIs and services outside of the VPC", "0.0.0.0/0", "tcp", "443", "443"]
      ml  = [aws_security_group.this["ml"].id, "AWS APIs and services outside of the VPC", "0.0.0.0/0", "tcp", "443", "443"]
    })
    error_message = "Only tasks reach the internet, by HTTPS only."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_vpn_gateway.this) == 0
    error_message = "By default, there is one NAT gateway and no VPN gateway."
  }

  assert {
    condition     = length(data.aws_ec2_managed_prefix_list.cloudfront) == 0
    error_message = "The prefix list of CloudFront is a choice."
  }
}

run "other_names_and_ports" {
  variables {
    name   = "shop"
    suffix = "-staging"
    ports  = { api = 8080, ml = 8081, database = 5433, cache = 6380 }
  }

  assert {
    condition     = jsonencode({ for role, group in aws_security_group.this : role => [group.name, group.tags["Name"]] }) == jsonencode({ for role in ["alb", "ecs", "ml", "rds", "redis"] : role => ["shop-${role}-sg-staging", "shop-${role}-sg-staging"] })
    error_message = "Names follow name and suffix."
  }

  assert {
    condition     = jsonencode({ for key, rule in aws_vpc_security_group_ingress_rule.between_groups : key => rule.from_port }) == jsonencode({ alb-to-api = 8080, api-to-ml = 8081, api-to-rds = 5433, api-to-redis = 6380 })
    error_message = "The ports are the environment's."
  }
}

run "only_through_cloudfront" {
  variables {
    public_ingress = "cloudfront"
  }

  assert {
    condition     = jsonencode({ for key, rule in aws_vpc_security_group_ingress_rule.from_internet : key => [rule.cidr_ipv4, rule.prefix_list_id, tostring(rule.from_port), tostring(rule.to_port)] }) == jsonencode({ https = [null, "pl-58a04531", "443", "443"] })
    error_message = "Only CloudFront reaches the load balancer, by HTTPS only."
  }

  assert {
    condition     = data.aws_ec2_managed_prefix_list.cloudfront[0].name == "com.amazonaws.global.cloudfront.origin-facing"
    error_message = "The prefix list is that of CloudFront's connections to origins."
  }
}

run "a_service_alone" {
  variables {
    parts = []
    ports = { api = 8080 }
  }

  assert {
    condition     = toset(keys(output.security_group_ids)) == toset(["alb", "ecs"])
    error_message = "Only the load balancer and the service have a security group."
  }

  assert {
    condition     = { for key, rule in aws_vpc_security_group_ingress_rule.between_groups : key => tostring(rule.from_port) } == { alb-to-api = "8080" } && toset(keys(aws_vpc_security_group_egress_rule.between_groups)) == toset(["alb-to-api"])
    error_message = "The load balancer reaches the service on its port, and there is no other connection."
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.https)) == toset(["ecs"])
    error_message = "The service reaches the internet over HTTPS."
  }
}

run "an_unknown_part_is_refused" {
  command = plan

  variables {
    parts = ["kafka"]
  }

  expect_failures = [var.parts]
}
