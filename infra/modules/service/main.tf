# One ECS service. Terraform creates it with its first revision and a desired count of 0, then ignores both:
# deployments set the revision, and autoscaling, if enabled, the desired count.

locals {
  cluster_name = var.cluster_name == null ? split("/", var.cluster_arn)[1] : var.cluster_name
}

module "task" {
  source                   = "../task"
  family                   = var.name
  image                    = var.image
  cpu                      = var.cpu
  memory                   = var.memory
  cpu_architecture         = var.cpu_architecture
  container                = var.container
  execution_role           = var.execution_role
  task_role                = var.task_role
  execute_command          = var.execute_command
  repository_arns          = var.repository_arns
  secrets_kms_key_arns     = var.secrets_kms_key_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  log_retention_days       = var.log_retention_days
}

resource "aws_ecs_service" "this" {
  name                   = var.name
  cluster                = var.cluster_arn
  task_definition        = module.task.arn
  launch_type            = "FARGATE"
  desired_count          = 0
  enable_execute_command = var.execute_command

  deployment_minimum_healthy_percent = var.deployment.minimum_healthy_percent
  deployment_maximum_percent         = var.deployment.maximum_percent
  health_check_grace_period_seconds  = var.load_balancer == null ? null : var.health_check_grace_seconds
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  # ECS rolls a deployment back by itself whose tasks do not start, or during which one of the alarms rings.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(var.deployment.alarms) == 0 ? [] : [var.deployment.alarms]

    content {
      alarm_names = alarms.value
      enable      = true
      rollback    = true
    }
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.container.name
      container_port   = var.container.ports[0]
    }
  }

  dynamic "service_connect_configuration" {
    for_each = var.service_connect == null ? [] : [var.service_connect]

    content {
      enabled   = true
      namespace = service_connect_configuration.value.namespace_arn

      # A client needs only the namespace; a server also publishes its port.
      dynamic "service" {
        for_each = service_connect_configuration.value.server ? [true] : []

        content {
          port_name = var.container.name

          client_alias {
            dns_name = var.container.name
            port     = var.container.ports[0]
          }
        }
      }
    }
  }

  tags = merge(
    {
      Name                   = var.name
      "deploy:template"      = module.task.template
      "deploy:initial-count" = tostring(var.initial_count)
    },
    var.autoscaling == null ? {} : { "deploy:minimum-count" = tostring(var.autoscaling.min) },
  )

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}
