# One ECS service. Terraform creates it with its first revision and a desired count of 0, then ignores both:
# deployments set the revision, and autoscaling, if enabled, the desired count.

module "task" {
  source             = "../task"
  family             = var.name
  image              = var.image
  cpu                = var.cpu
  memory             = var.memory
  execution_role_arn = var.execution_role_arn
  task_role_arn      = var.task_role_arn
  container          = var.container
  log_retention_days = var.log_retention_days
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = module.task.arn
  launch_type     = "FARGATE"
  desired_count   = 0

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.target_group_arn == null ? null : 30
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "load_balancer" {
    for_each = var.target_group_arn == null ? [] : [var.target_group_arn]

    content {
      target_group_arn = load_balancer.value
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

  tags = {
    Name                   = var.name
    "deploy:template"      = module.task.template
    "deploy:initial-count" = tostring(var.initial_count)
  }

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}
