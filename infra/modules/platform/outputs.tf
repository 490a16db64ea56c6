output "cluster" {
  description = "Cluster name."
  value       = module.cluster.name
}

output "services" {
  description = "Names of the ECS services of api and ml."
  value       = { api = module.api.name, ml = module.ml.name }
}

output "task_counts" {
  description = "Tasks that the first deployment starts, by the name of the service."
  value       = { (module.api.name) = var.api.count, (module.ml.name) = var.ml.count }
}

output "migration_family" {
  description = "Task definition of the migrations, as family:revision."
  value       = module.migration.template
}

output "repositories" {
  description = "Names of the ECR repositories of api, ml and backup."
  value       = { for service, registry in module.registry : service => registry.name }
}

output "load_balancer" {
  description = "Name and DNS name of the public load balancer."
  value       = { name = module.load_balancer.name, dns_name = module.load_balancer.dns_name }
}

output "database" {
  description = "Address, port and name of the database, and the ARN of its master secret."
  value = {
    address           = module.database.address
    port              = module.database.port
    name              = module.database.name
    master_secret_arn = module.database.master_secret_arn
  }
}

output "buckets" {
  description = "Names of the buckets."
  value       = { uploads = module.storage.uploads.name, assets = module.storage.assets.name, backups = module.storage.backups.name }
}

output "log_bucket" {
  description = "Name and ARN of the bucket for access logs; null without one."
  value       = var.access_logs ? { name = module.log_bucket[0].name, arn = module.log_bucket[0].arn } : null
}

output "cdn" {
  description = "The CloudFront distribution: ARN, ID, and the name that your DNS record points to; null without one."
  value       = var.cdn == null ? null : { arn = module.cdn[0].arn, id = module.cdn[0].id, domain_name = module.cdn[0].domain_name }
}

output "nat_addresses" {
  description = "Public addresses from which the tasks reach the internet, for allow lists of others."
  value       = module.network.nat_addresses
}

output "topic_arn" {
  description = "ARN of the SNS topic that alarms notify."
  value       = module.observability.topic_arn
}

output "github_roles" {
  description = "ARNs of the roles of GitHub's jobs, by name: build, deploy, backup and prune. docs/variables.md names the repository variable of each."
  value       = one(module.github[*].role_arns)
}
