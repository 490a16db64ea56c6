output "cluster" {
  description = "Cluster name."
  value       = module.cluster.name
}

output "services" {
  description = "ECS service name of api and ml."
  value       = { api = module.api.name, ml = module.ml.name }
}

output "migration_family" {
  description = "Task definition family of the migrations."
  value       = module.migration.template
}

output "repositories" {
  description = "Image repository name of api and ml."
  value       = { for service, registry in module.registry : service => registry.name }
}

output "load_balancer" {
  description = "Name and DNS name of the public load balancer."
  value       = { name = module.load_balancer.name, dns_name = module.load_balancer.dns_name }
}

output "database" {
  description = "Address, port, name and master secret of the database."
  value = {
    address           = module.database.address
    port              = module.database.port
    name              = module.database.name
    master_secret_arn = module.database.master_secret_arn
  }
}

output "buckets" {
  description = "Names of the buckets."
  value       = { uploads = module.storage.uploads.name, backups = module.storage.backups.name }
}

output "topic_arn" {
  description = "Topic that alarms are sent to."
  value       = module.observability.topic_arn
}

output "github_roles" {
  description = "ARN of the roles of GitHub's jobs, build and deploy: variables AWS_BUILD_ROLE and AWS_DEPLOY_ROLE."
  value       = one(module.github[*].role_arns)
}
