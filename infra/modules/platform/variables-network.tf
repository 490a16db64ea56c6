# The network. Its ranges are compared here as AWS would compare them halfway through an apply.

variable "network" {
  description = "Address range, zones with their subnets, NAT gateways and VPN gateway."
  type = object({
    cidr         = string
    zones        = map(object({ public = string, private = string }))
    nat_per_zone = bool
    vpn_gateway  = bool
  })

  # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
  validation {
    condition     = can(regex("/(1[6-9]|2[0-8])$", var.network.cidr)) && try(cidrsubnet(var.network.cidr, 0, 0) == var.network.cidr, false)
    error_message = "network.cidr is \"${var.network.cidr}\": not a range of /16 to /28 that begins at its first address. Use for example \"10.0.0.0/16\"."
  }

  validation {
    condition     = length(var.network.zones) >= 2
    error_message = "network.zones has fewer than two zones; the load balancer and the database need subnets in two. Add a zone with a public and a private subnet."
  }

  validation {
    condition     = alltrue([for zone in keys(var.network.zones) : can(regex("^${local.region}[a-z]$", zone))])
    error_message = "network.zones has a zone that is not in ${local.region}: ${join(", ", keys(var.network.zones))}. Name zones of this region: aws ec2 describe-availability-zones"
  }

  # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
  validation {
    condition = alltrue([
      for subnet in flatten([for zone in values(var.network.zones) : values(zone)]) :
      can(regex("/(1[6-9]|2[0-8])$", subnet)) && try(cidrsubnet(subnet, 0, 0) == subnet, false)
    ])
    error_message = "network.zones has a subnet that is not a range of /16 to /28 that begins at its first address. Write each as for example \"10.0.1.0/24\"."
  }

  # One range lies in another if it is no larger, and has the same network address under the mask of the other.
  validation {
    condition = alltrue([
      for subnet in flatten([for zone in values(var.network.zones) : values(zone)]) : try(
        tonumber(split("/", subnet)[1]) >= tonumber(split("/", var.network.cidr)[1]) &&
        cidrhost("${split("/", subnet)[0]}/${split("/", var.network.cidr)[1]}", 0) == cidrhost(var.network.cidr, 0),
        false,
      )
    ])
    error_message = "network.zones has a subnet that is outside of network.cidr, ${var.network.cidr}. Move the subnet into that range, or enlarge the range."
  }

  validation {
    condition     = length(distinct(flatten([for zone in values(var.network.zones) : values(zone)]))) == 2 * length(var.network.zones)
    error_message = "network.zones uses one range for two subnets. Give each public and each private subnet a range of its own."
  }

  validation {
    condition = alltrue([
      for pair in setproduct(
        toset(flatten([for zone in values(var.network.zones) : values(zone)])),
        toset(flatten([for zone in values(var.network.zones) : values(zone)])),
      ) :
      pair[0] == pair[1] || try(cidrhost("${split("/", pair[0])[0]}/${split("/", pair[1])[1]}", 0) != cidrhost(pair[1], 0), true)
    ])
    error_message = "network.zones has subnets whose ranges overlap. Give each public and each private subnet a range of its own."
  }
}
