# The VPC of the design document: zones with a public and a private subnet each, NAT gateways, and a VPN gateway by choice.

# For its region: the attributes of aws_region differ between versions 5 and 6 of the provider.
data "aws_service" "s3" {
  service_id = "s3"
}

locals {
  region = data.aws_service.s3.region
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "${var.name}-vpc${var.suffix}" }
}

# The group that resources without a group of their own get. Without rules, they reach nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-default-unused${var.suffix}" }
}

resource "aws_subnet" "public" {
  for_each          = var.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.public
  tags              = { Name = "${var.name}-public-${each.key}${var.suffix}" }
}

resource "aws_subnet" "private" {
  for_each          = var.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.private
  tags              = { Name = "${var.name}-private-${each.key}${var.suffix}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-igw${var.suffix}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-public${var.suffix}" }

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

# A single NAT gateway for low cost, or one per zone to tolerate the failure of a zone.
locals {
  zone_names = sort(keys(var.zones))
  nat_zones  = var.nat_per_zone ? local.zone_names : slice(local.zone_names, 0, 1)
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)
  domain   = "vpc"
  tags     = { Name = "${var.name}-nat-${each.key}${var.suffix}" }
}

resource "aws_nat_gateway" "this" {
  for_each      = toset(local.nat_zones)
  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id
  tags          = { Name = "${var.name}-nat-${each.key}${var.suffix}" }

  # Its traffic leaves through the internet gateway, which Terraform cannot see from the arguments.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_route_table" "private" {
  for_each = aws_subnet.private
  vpc_id   = aws_vpc.this.id
  tags     = { Name = "${var.name}-private-${each.key}${var.suffix}" }

  # What a VPN connection announces becomes reachable from the tasks without a change here.
  propagating_vgws = aws_vpn_gateway.this[*].id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this[var.nat_per_zone ? each.key : local.nat_zones[0]].id
  }
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

# Free by itself: AWS bills the VPN connections that are attached to it.
resource "aws_vpn_gateway" "this" {
  count  = var.vpn_gateway ? 1 : 0
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-vpn${var.suffix}" }
}
