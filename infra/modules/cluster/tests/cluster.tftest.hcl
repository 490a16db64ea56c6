mock_provider "aws" {}

variables {
  name = "rainbow-seeker-cluster"
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition     = aws_ecs_cluster.this.name == "rainbow-seeker-cluster" && output.name == "rainbow-seeker-cluster"
    error_message = "The cluster has another name."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).name == "containerInsights" && one(aws_ecs_cluster.this.setting).value == "enabled"
    error_message = "Container Insights are off."
  }

  assert {
    condition     = length(aws_service_discovery_http_namespace.this) == 0 && output.namespace_arn == null
    error_message = "There is a namespace that nobody asked for."
  }
}

run "with_a_namespace" {
  command = plan

  variables {
    namespace          = "rainbow-seeker"
    container_insights = "enhanced"
  }

  assert {
    condition     = aws_service_discovery_http_namespace.this[0].name == "rainbow-seeker" && one(aws_ecs_cluster.this.setting).value == "enhanced"
    error_message = "The namespace, or the setting, is not the one that was asked for."
  }
}
