# The network of the design document, and what an environment can choose. Applied with mocked resources, so that each
# ID is known and what refers to what can be compared.

mock_provider "aws" {
  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_vpc" {
    defaults = { owner_id = "123456789012" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/vpc/rainbow-seeker" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/rainbow-seeker-flow-logs" }
  }
}

variables {
  name         = "rainbow-seeker"
  cidr         = "10.0.0.0/16"
  nat_per_zone = true
  vpn_gateway  = true

  zones = {
    "ap-northeast-1a" = { private = "10.0.1.0/24", public = "10.0.101.0/24" }
    "ap-northeast-1c" = { private = "10.0.2.0/24", public = "10.0.102.0/24" }
  }
}

run "as_in_the_design_document" {
  assert {
    condition     = aws_vpc.this.cidr_block == "10.0.0.0/16" && aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "The VPC is 10.0.0.0/16, with DNS for the database's and the endpoints' names."
  }

  assert {
    condition     = jsonencode({ for zone, subnet in aws_subnet.public : zone => [subnet.availability_zone, subnet.cidr_block] }) == jsonencode({ "ap-northeast-1a" = ["ap-northeast-1a", "10.0.101.0/24"], "ap-northeast-1c" = ["ap-northeast-1c", "10.0.102.0/24"] })
    error_message = "The public subnets are 10.0.101.0/24 in 1a and 10.0.102.0/24 in 1c."
  }

  assert {
    condition     = jsonencode({ for zone, subnet in aws_subnet.private : zone => [subnet.availability_zone, subnet.cidr_block] }) == jsonencode({ "ap-northeast-1a" = ["ap-northeast-1a", "10.0.1.0/24"], "ap-northeast-1c" = ["ap-northeast-1c", "10.0.2.0/24"] })
    error_message = "The private subnets are 10.0.1.0/24 in 1a and 10.0.2.0/24 in 1c."
  }

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : subnet.vpc_id == aws_vpc.this.id && subnet.map_public_ip_on_launch != true])
    error_message = "Subnets are in the VPC, and nothing in them gets a public address by itself."
  }

  assert {
    condition     = output.public_subnet_ids == [aws_subnet.public["ap-northeast-1a"].id, aws_subnet.public["ap-northeast-1c"].id] && output.private_subnet_ids == [aws_subnet.private["ap-northeast-1a"].id, aws_subnet.private["ap-northeast-1c"].id] && output.vpc_id == aws_vpc.this.id
    error_message = "The outputs are the VPC and its subnets, in the order of the zones."
  }

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0 && aws_default_security_group.this.vpc_id == aws_vpc.this.id
    error_message = "The default security group of the VPC has no rules."
  }

  assert {
    condition = jsonencode({
      vpc     = aws_vpc.this.tags["Name"]
      default = aws_default_security_group.this.tags["Name"]
      public  = [for zone in ["ap-northeast-1a", "ap-northeast-1c"] : aws_subnet.public[zone].tags["Name"]]
      private = [for zone in ["ap-northeast-1a", "ap-northeast-1c"] : aws_subnet.private[zone].tags["Name"]]
      gateway = aws_internet_gateway.this.tags["Name"]
      tables  = [aws_route_table.public.tags["Name"], aws_route_table.private["ap-northeast-1a"].tags["Name"]]
      nat     = [aws_eip.nat["ap-northeast-1a"].tags["Name"], aws_nat_gateway.this["ap-northeast-1c"].tags["Name"]]
      vpn     = aws_vpn_gateway.this[0].tags["Name"]
      s3      = aws_vpc_endpoint.s3.tags["Name"]
      }) == jsonencode({
      vpc     = "rainbow-seeker-vpc"
      default = "rainbow-seeker-default-unused"
      public  = ["rainbow-seeker-public-ap-northeast-1a", "rainbow-seeker-public-ap-northeast-1c"]
      private = ["rainbow-seeker-private-ap-northeast-1a", "rainbow-seeker-private-ap-northeast-1c"]
      gateway = "rainbow-seeker-igw"
      tables  = ["rainbow-seeker-public", "rainbow-seeker-private-ap-northeast-1a"]
      nat     = ["rainbow-seeker-nat-ap-northeast-1a", "rainbow-seeker-nat-ap-northeast-1c"]
      vpn     = "rainbow-seeker-vpn"
      s3      = "rainbow-seeker-s3"
    })
    error_message = "A name differs."
  }

  assert {
    condition     = jsonencode([for route in aws_route_table.public.route : [route.cidr_block, route.gateway_id]]) == jsonencode([["0.0.0.0/0", aws_internet_gateway.this.id]]) && aws_internet_gateway.this.vpc_id == aws_vpc.this.id && aws_route_table.public.vpc_id == aws_vpc.this.id
    error_message = "Public subnets reach the internet through the internet gateway."
  }

  assert {
    condition     = alltrue([for zone, table in aws_route_table.private : table.vpc_id == aws_vpc.this.id && jsonencode([for route in table.route : [route.cidr_block, route.nat_gateway_id]]) == jsonencode([["0.0.0.0/0", aws_nat_gateway.this[zone].id]])])
    error_message = "Private subnets reach the internet through the NAT gateway of their own zone."
  }

  assert {
    condition     = alltrue([for zone, gateway in aws_nat_gateway.this : gateway.subnet_id == aws_subnet.public[zone].id && gateway.allocation_id == aws_eip.nat[zone].id]) && jsonencode(sort(keys(aws_nat_gateway.this))) == jsonencode(["ap-northeast-1a", "ap-northeast-1c"])
    error_message = "Each zone has a NAT gateway in its public subnet, with an address of its own."
  }

  assert {
    condition     = alltrue([for eip in aws_eip.nat : eip.domain == "vpc"]) && output.nat_addresses == [aws_eip.nat["ap-northeast-1a"].public_ip, aws_eip.nat["ap-northeast-1c"].public_ip]
    error_message = "The addresses of the NAT gateways are an output."
  }

  assert {
    condition     = alltrue([for zone, one in aws_route_table_association.public : one.subnet_id == aws_subnet.public[zone].id && one.route_table_id == aws_route_table.public.id]) && length(aws_route_table_association.public) == 2
    error_message = "Public subnets have the public route table."
  }

  assert {
    condition     = alltrue([for zone, one in aws_route_table_association.private : one.subnet_id == aws_subnet.private[zone].id && one.route_table_id == aws_route_table.private[zone].id]) && length(aws_route_table_association.private) == 2
    error_message = "Private subnets have the route table of their zone."
  }

  assert {
    condition     = length(aws_vpn_gateway.this) == 1 && aws_vpn_gateway.this[0].vpc_id == aws_vpc.this.id && output.vpn_gateway_id == aws_vpn_gateway.this[0].id && alltrue([for table in aws_route_table.private : table.propagating_vgws == toset([aws_vpn_gateway.this[0].id])])
    error_message = "The private subnets learn the routes of the VPN gateway."
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_id == aws_vpc.this.id && aws_vpc_endpoint.s3.service_name == "com.amazonaws.ap-northeast-1.s3" && aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.route_table_ids == toset([for table in aws_route_table.private : table.id])
    error_message = "Private subnets reach S3 through the gateway endpoint."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0 && length(aws_vpc_security_group_ingress_rule.endpoints) == 0 && length(aws_flow_log.this) == 0 && length(aws_iam_role.flow_logs) == 0
    error_message = "Interface endpoints and flow logs are a choice."
  }
}

run "a_cheap_environment" {
  variables {
    suffix       = "-staging"
    nat_per_zone = false
    vpn_gateway  = false
  }

  assert {
    condition     = jsonencode(keys(aws_nat_gateway.this)) == jsonencode(["ap-northeast-1a"]) && alltrue([for table in aws_route_table.private : jsonencode([for route in table.route : route.nat_gateway_id]) == jsonencode([aws_nat_gateway.this["ap-northeast-1a"].id])])
    error_message = "One NAT gateway, in the first zone, serves all zones."
  }

  assert {
    condition     = length(aws_vpn_gateway.this) == 0 && output.vpn_gateway_id == null && alltrue([for table in aws_route_table.private : length(table.propagating_vgws) == 0])
    error_message = "No VPN gateway, and no routes from one."
  }

  assert {
    condition = jsonencode(concat([
      aws_vpc.this.tags["Name"], aws_default_security_group.this.tags["Name"], aws_internet_gateway.this.tags["Name"],
      aws_route_table.public.tags["Name"], aws_vpc_endpoint.s3.tags["Name"],
      ], [for table in aws_route_table.private : table.tags["Name"]], [for subnet in aws_subnet.public : subnet.tags["Name"]],
      [for subnet in aws_subnet.private : subnet.tags["Name"]], [for eip in aws_eip.nat : eip.tags["Name"]],
      [for gateway in aws_nat_gateway.this : gateway.tags["Name"]]
      )) == jsonencode([
      "rainbow-seeker-vpc-staging", "rainbow-seeker-default-unused-staging", "rainbow-seeker-igw-staging",
      "rainbow-seeker-public-staging", "rainbow-seeker-s3-staging",
      "rainbow-seeker-private-ap-northeast-1a-staging", "rainbow-seeker-private-ap-northeast-1c-staging",
      "rainbow-seeker-public-ap-northeast-1a-staging", "rainbow-seeker-public-ap-northeast-1c-staging",
      "rainbow-seeker-private-ap-northeast-1a-staging", "rainbow-seeker-private-ap-northeast-1c-staging",
      "rainbow-seeker-nat-ap-northeast-1a-staging", "rainbow-seeker-nat-ap-northeast-1a-staging",
    ])
    error_message = "A name lacks the suffix."
  }
}

run "interface_endpoints" {
  variables {
    suffix              = "-staging"
    interface_endpoints = ["ecr.api", "logs"]
  }

  assert {
    condition     = jsonencode({ for service, endpoint in aws_vpc_endpoint.interface : service => endpoint.service_name }) == jsonencode({ "ecr.api" = "com.amazonaws.ap-northeast-1.ecr.api", logs = "com.amazonaws.ap-northeast-1.logs" })
    error_message = "An endpoint for each service, in the provider's region."
  }

  assert {
    condition = alltrue([for endpoint in aws_vpc_endpoint.interface :
      endpoint.vpc_id == aws_vpc.this.id && endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled &&
      endpoint.subnet_ids == toset([for subnet in aws_subnet.private : subnet.id]) &&
      endpoint.security_group_ids == toset([aws_security_group.endpoints[0].id])
    ])
    error_message = "Interface endpoints are in the private subnets, under the services' ordinary names."
  }

  assert {
    condition     = jsonencode([aws_security_group.endpoints[0].name, aws_security_group.endpoints[0].description, aws_security_group.endpoints[0].vpc_id, aws_security_group.endpoints[0].tags["Name"], aws_vpc_endpoint.interface["ecr.api"].tags["Name"]]) == jsonencode(["rainbow-seeker-endpoints-sg-staging", "Security group for interface endpoints", aws_vpc.this.id, "rainbow-seeker-endpoints-sg-staging", "rainbow-seeker-ecr-api-staging"])
    error_message = "A name differs."
  }

  assert {
    condition     = jsonencode([for rule in aws_vpc_security_group_ingress_rule.endpoints : [rule.security_group_id, rule.description, rule.cidr_ipv4, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)]]) == jsonencode([[aws_security_group.endpoints[0].id, "HTTPS from the VPC", "10.0.0.0/16", "tcp", "443", "443"]])
    error_message = "The endpoints answer HTTPS from inside the VPC, and nothing else."
  }
}

run "flow_logs_in_a_bucket" {
  variables {
    suffix    = "-staging"
    flow_logs = { destination = "s3", bucket_arn = "arn:aws:s3:::rainbow-seeker-logs" }
  }

  assert {
    condition     = jsonencode([aws_flow_log.this[0].vpc_id, aws_flow_log.this[0].traffic_type, tostring(aws_flow_log.this[0].max_aggregation_interval), aws_flow_log.this[0].log_destination_type, aws_flow_log.this[0].log_destination, aws_flow_log.this[0].tags["Name"]]) == jsonencode([aws_vpc.this.id, "ALL", "600", "s3", "arn:aws:s3:::rainbow-seeker-logs/vpc/", "rainbow-seeker-flow-logs-staging"])
    error_message = "All connections are recorded in the bucket, under vpc/."
  }

  assert {
    condition     = aws_flow_log.this[0].iam_role_arn == null && length(aws_cloudwatch_log_group.flow_logs) == 0 && length(aws_iam_role.flow_logs) == 0 && length(aws_iam_role_policy.flow_logs) == 0
    error_message = "A bucket needs neither a log group nor a role."
  }
}

run "flow_logs_in_cloudwatch" {
  variables {
    flow_logs = { destination = "cloudwatch" }
  }

  assert {
    condition     = jsonencode([aws_flow_log.this[0].log_destination_type, aws_flow_log.this[0].log_destination, aws_flow_log.this[0].iam_role_arn]) == jsonencode(["cloud-watch-logs", aws_cloudwatch_log_group.flow_logs[0].arn, aws_iam_role.flow_logs[0].arn])
    error_message = "Flow logs go to the log group, by the role."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow_logs[0].name == "/vpc/rainbow-seeker" && aws_cloudwatch_log_group.flow_logs[0].retention_in_days == 90
    error_message = "The log group is /vpc/rainbow-seeker, kept for 90 days by default."
  }

  assert {
    condition     = aws_iam_role.flow_logs[0].name == "rainbow-seeker-flow-logs" && aws_iam_role.flow_logs[0].assume_role_policy == data.aws_iam_policy_document.flow_logs_trust[0].json && aws_iam_role_policy.flow_logs[0].name == "flow-logs" && aws_iam_role_policy.flow_logs[0].role == aws_iam_role.flow_logs[0].id && aws_iam_role_policy.flow_logs[0].policy == data.aws_iam_policy_document.flow_logs[0].json
    error_message = "The role has its two policies."
  }

  assert {
    condition = jsonencode([for one in data.aws_iam_policy_document.flow_logs_trust[0].statement : [
      tolist(one.actions), tolist(tolist(one.principals)[0].identifiers), [tolist(one.principals)[0].type], [tolist(one.condition)[0].test, tolist(one.condition)[0].variable], tolist(one.condition)[0].values,
    ]]) == jsonencode([[["sts:AssumeRole"], ["vpc-flow-logs.amazonaws.com"], ["Service"], ["StringEquals", "aws:SourceAccount"], ["123456789012"]]])
    error_message = "Only flow logs of this account may use the role."
  }

  assert {
    condition     = jsonencode([for one in data.aws_iam_policy_document.flow_logs[0].statement : [[one.sid], sort(one.actions), tolist(one.resources)]]) == jsonencode([[["WriteFlowLogs"], ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], ["arn:aws:logs:ap-northeast-1:123456789012:log-group:/vpc/rainbow-seeker:*"]]])
    error_message = "The role writes to the log group, and nowhere else."
  }
}

run "flow_logs_in_cloudwatch_of_another_environment" {
  variables {
    suffix    = "-staging"
    flow_logs = { destination = "cloudwatch", retention_days = 30 }
  }

  assert {
    condition     = jsonencode([aws_cloudwatch_log_group.flow_logs[0].name, tostring(aws_cloudwatch_log_group.flow_logs[0].retention_in_days), aws_iam_role.flow_logs[0].name]) == jsonencode(["/vpc/rainbow-seeker-staging", "30", "rainbow-seeker-flow-logs-staging"])
    error_message = "Retention and suffix are the environment's."
  }
}
