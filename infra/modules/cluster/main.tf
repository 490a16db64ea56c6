# The ECS cluster and the Service Connect namespace in which api finds ml.

resource "aws_ecs_cluster" "this" {
  name = "rainbow-seeker-cluster${var.suffix}"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_service_discovery_http_namespace" "this" {
  count       = var.service_connect ? 1 : 0
  name        = "rainbow-seeker${var.suffix}"
  description = "Service Connect: api reaches ml as http://ml:5000"
}
