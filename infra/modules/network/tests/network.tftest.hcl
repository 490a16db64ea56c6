mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1", reverse_dns_name = "com.amazonaws.ap-northeast-1.s3" }
  }
}

variables {
  suffix       = ""
  cidr         = "10.0.0.0/16"
  nat_per_zone = true
  vpn_gateway  = true

  zones = {
    "ap-northeast-1a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
    "ap-northeast-1c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
  }
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition     = { for role, group in aws_security_group.this : role => group.name } == { alb = "rainbow-seeker-alb-sg", ecs = "rainbow-seeker-ecs-sg", ml = "rainbow-seeker-ml-sg", rds = "rainbow-seeker-rds-sg", redis = "rainbow-seeker-redis-sg" }
    error_message = "Security group names differ from the design document's."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 2 && length(aws_vpn_gateway.this) == 1
    error_message = "A NAT gateway in each zone and a VPN gateway."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.https : rule.from_port == 443 && rule.to_port == 443])
    error_message = "Tasks reach the internet by HTTPS only."
  }

  assert {
    condition     = [for name, rule in aws_vpc_security_group_ingress_rule.from_internet : rule.from_port] == [80, 443]
    error_message = "Only HTTP and HTTPS come in from the internet."
  }
}

run "a_cheap_environment_has_one_nat_gateway" {
  command = plan

  variables {
    nat_per_zone = false
    vpn_gateway  = false
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_vpn_gateway.this) == 0
    error_message = "One NAT gateway, no VPN gateway."
  }
}
