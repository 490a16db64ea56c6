output "platform" {
  description = "Names and addresses that deployments and people need."
  value       = module.platform
}
