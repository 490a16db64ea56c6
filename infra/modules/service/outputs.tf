output "name" {
  description = "Service name."
  value       = aws_ecs_service.this.name
}

output "log_group_arn" {
  description = "ARN of the log group."
  value       = module.task.log_group_arn
}

output "role_arns" {
  description = "ARNs of the roles that are given to the tasks."
  value       = module.task.role_arns
}

output "deployment" {
  description = "What a deployment of this service has to know: cluster, service, container, template (family:revision that deployments start from), strategy, target groups and alarms."
  value = {
    cluster       = local.cluster_name
    service       = aws_ecs_service.this.name
    container     = var.container.name
    template      = module.task.template
    strategy      = var.deployment.strategy
    target_groups = var.load_balancer == null ? [] : [var.load_balancer.target_group_arn]
    alarms        = sort(tolist(var.deployment.alarms))
  }
}
