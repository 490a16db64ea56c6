# my-service on Amazon ECS. Terraform owns the shape; deployments own the revision and the number of tasks.

# What the build pushes to. It cannot create repositories.
module "registry" {
  source = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/registry?ref=v1"
  name   = "my-service"
}

module "cluster" {
  source = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/cluster?ref=v1"
  name   = "my-service"
}

# With its first task definition and no task, since the image does not exist yet. The first deployment sets the image,
# and the number of tasks to initial_count.
module "service" {
  source            = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/service?ref=v1"
  name              = "my-service"
  cluster_arn       = module.cluster.arn
  image             = "${module.registry.url}:none-yet"
  cpu               = 256
  memory            = 512
  cpu_architecture  = "X86_64"
  initial_count     = 1
  container         = { name = "app", ports = [8080], user = "1000", writable_tmp = true }
  repository_arns   = [module.registry.arn]
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.security_group_ids["ecs"]
  load_balancer     = { target_group_arn = module.load_balancer.target_group_arn }
}
