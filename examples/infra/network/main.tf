# A network of one's own: public and private subnets in two zones, one NAT gateway.
module "network" {
  source = "../../../infra/modules/network"
  name   = "shop"
  cidr   = "10.1.0.0/16"
  zones = {
    "ap-northeast-1a" = { public = "10.1.101.0/24", private = "10.1.1.0/24" }
    "ap-northeast-1c" = { public = "10.1.102.0/24", private = "10.1.2.0/24" }
  }
}
