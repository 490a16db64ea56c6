mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_service" {
    defaults = { region = "ap-northeast-1" }
  }
}

variables {
  name               = "rainbow-seeker-api"
  cluster_arn        = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster"
  cluster_name       = "rainbow-seeker-cluster"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet"
  cpu                = 512
  memory             = 1024
  initial_count      = 3
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_id  = "sg-1"
  load_balancer      = { target_group_arn = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/rainbow-seeker-api/1", arn_suffix = "app/rainbow-seeker-alb/2" }
  log_retention_days = 90
  container          = { name = "api", ports = [3000] }
}

run "as_in_the_design_document" {
  command = plan

  assert {
    condition     = module.task.log_group_name == "/ecs/rainbow-seeker-api"
    error_message = "The log group is /ecs/rainbow-seeker-api."
  }

  assert {
    condition     = aws_ecs_service.this.launch_type == "FARGATE" && one(aws_ecs_service.this.load_balancer).container_port == 3000 && !aws_ecs_service.this.network_configuration[0].assign_public_ip
    error_message = "A Fargate service behind the load balancer, in private subnets."
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 0 && aws_ecs_service.this.tags["deploy:initial-count"] == "3"
    error_message = "Nothing runs before the first deployment; that one starts three tasks."
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0
    error_message = "No autoscaling unless it is asked for."
  }
}

run "how_tasks_are_replaced" {
  command = plan

  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 100 && aws_ecs_service.this.deployment_maximum_percent == 200 && aws_ecs_service.this.availability_zone_rebalancing == "ENABLED"
    error_message = "Other tasks are stopped before new ones run, or they are not spread over the zones."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback && length(aws_ecs_service.this.alarms) == 0
    error_message = "A deployment whose tasks do not start is not rolled back, or watches alarms that nobody named."
  }
}

run "what_a_deployment_has_to_know" {
  command = plan

  override_resource {
    target          = aws_ecs_service.this
    override_during = plan
    values          = { name = "rainbow-seeker-api" }
  }

  assert {
    condition     = aws_ecs_service.this.tags.Name == "rainbow-seeker-api" && !contains(keys(aws_ecs_service.this.tags), "deploy:minimum-count")
    error_message = "The service has other tags."
  }

  assert {
    condition     = output.deployment.cluster == "rainbow-seeker-cluster" && output.deployment.container == "api" && output.deployment.strategy == "rolling" && output.deployment.target_groups == tolist([var.load_balancer.target_group_arn]) && length(output.deployment.alarms) == 0
    error_message = "The deployment contract names other things than there are."
  }
}
