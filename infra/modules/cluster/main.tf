# The ECS cluster and the Service Connect namespace in which services find each other.

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }
}

resource "aws_service_discovery_http_namespace" "this" {
  count       = var.namespace == null ? 0 : 1
  name        = var.namespace
  description = "Service Connect of ${var.name}"
}
