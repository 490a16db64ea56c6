# Public subnets for the load balancer, private ones for the tasks, which reach the internet through a NAT gateway.
module "network" {
  source = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/network?ref=v1"
  name   = "my-service"
  cidr   = "10.0.0.0/16"
  parts  = []
  ports  = { api = 8080 }
  zones = {
    "ap-northeast-1a" = { public = "10.0.101.0/24", private = "10.0.1.0/24" }
    "ap-northeast-1c" = { public = "10.0.102.0/24", private = "10.0.2.0/24" }
  }
}

# What users reach. Plain HTTP until it has a certificate or a domain (see the module).
module "load_balancer" {
  source            = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/load-balancer?ref=v1"
  name              = "my-service"
  vpc_id            = module.network.vpc_id
  subnet_ids        = module.network.public_subnet_ids
  security_group_id = module.network.security_group_ids["alb"]
  target            = { name = "my-service", port = 8080, health_check_path = "/" }
}
