# The VPC of the design document: two zones, a public and a private subnet in each.

data "aws_service" "s3" {
  service_id = "s3"
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "rainbow-seeker-vpc${var.suffix}" }
}

resource "aws_subnet" "public" {
  for_each          = var.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.public
  tags              = { Name = "rainbow-seeker-public-${each.key}${var.suffix}" }
}

resource "aws_subnet" "private" {
  for_each          = var.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value.private
  tags              = { Name = "rainbow-seeker-private-${each.key}${var.suffix}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "rainbow-seeker-igw${var.suffix}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "rainbow-seeker-public${var.suffix}" }

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
  tags     = { Name = "rainbow-seeker-nat-${each.key}${var.suffix}" }
}

resource "aws_nat_gateway" "this" {
  for_each      = toset(local.nat_zones)
  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id
  tags          = { Name = "rainbow-seeker-nat-${each.key}${var.suffix}" }
}

resource "aws_route_table" "private" {
  for_each = aws_subnet.private
  vpc_id   = aws_vpc.this.id
  tags     = { Name = "rainbow-seeker-private-${each.key}${var.suffix}" }

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

resource "aws_vpn_gateway" "this" {
  count  = var.vpn_gateway ? 1 : 0
  vpc_id = aws_vpc.this.id
  tags   = { Name = "rainbow-seeker-vpn${var.suffix}" }
}

# Image layers and backups use this endpoint instead of the NAT gateway, which is billed per gigabyte.
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.this.id
  service_name    = data.aws_service.s3.reverse_dns_name
  route_table_ids = [for table in aws_route_table.private : table.id]
  tags            = { Name = "rainbow-seeker-s3${var.suffix}" }
}
