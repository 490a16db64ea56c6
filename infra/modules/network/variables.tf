variable "suffix" {
  description = "Appended to each name: empty in production, \"-staging\" and so on elsewhere."
  type        = string
}

variable "cidr" {
  description = "Address range of the VPC."
  type        = string
}

variable "zones" {
  description = "Availability zone → CIDR of its public and its private subnet."
  type        = map(object({ public = string, private = string }))
}

variable "nat_per_zone" {
  description = "true: a NAT gateway in each zone, so that a zone may fail; false: one for all zones."
  type        = bool
}

variable "vpn_gateway" {
  description = "Whether the VPC has a VPN gateway."
  type        = bool
}
