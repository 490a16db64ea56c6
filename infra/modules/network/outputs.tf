output "vpc_id" {
  description = "VPC id."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of the zone names."
  value       = [for zone in local.zone_names : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of the zone names."
  value       = [for zone in local.zone_names : aws_subnet.private[zone].id]
}

output "security_group_ids" {
  description = "Security group id of each role: alb, ecs, ml, rds, redis."
  value       = { for role, group in aws_security_group.this : role => group.id }
}

output "nat_addresses" {
  description = "Public addresses from which the tasks reach the internet, for allow lists of others."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}

output "vpn_gateway_id" {
  description = "VPN gateway that VPN connections are attached to; null without one."
  value       = one(aws_vpn_gateway.this[*].id)
}
