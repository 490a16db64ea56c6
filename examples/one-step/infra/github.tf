# Access of the jobs of somebody/my-service, in both forms of subject that GitHub sends. Written by:
# npx github:rainbow-seeker/deploy-toolkit init --repository somebody/my-service --repository-id 456789 \
#   --repository-owner-id 123456 --way one-step --name my-service --region ap-northeast-1 \
#   --zones ap-northeast-1a,ap-northeast-1c --port 8080 --user 1000 --health-path / --reports-version true \
#   --state-bucket somebody-my-service-terraform

# One role to build, deploy and roll back: for the jobs of these two workflows, as they are on the branch.
module "github" {
  source                = "github.com/rainbow-seeker/deploy-toolkit//infra/modules/github-oidc?ref=v1"
  name                  = "my-service"
  repository            = "somebody/my-service"
  repository_id         = 456789
  repository_owner_id   = 123456
  own_workflows         = ["deploy.yml", "rollback.yml"]
  branch                = "main"
  environment           = "production"
  image_repository_arns = [module.registry.arn]
  cluster_arn           = module.cluster.arn
  services              = [module.service.name]
  task_role_arns        = module.service.role_arns
  log_group_arns        = [module.service.log_group_arn]
}

output "url" {
  description = "Where the service answers."
  value       = module.load_balancer.url
}

output "variables" {
  description = "Variables of the GitHub repository, as lines NAME=value."
  value       = <<-LINES
    AWS_DEPLOY_ROLE=${module.github.role_arns["deploy"]}
    SERVICE_URL=${module.load_balancer.url}
  LINES
}
