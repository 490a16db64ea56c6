mock_provider "aws" {
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
  execution_role_arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
  task_role_arn      = "arn:aws:iam::123456789012:role/ecsTaskRole"
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_id  = "sg-1"
  target_group_arn   = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/rainbow-seeker-api/1"
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

run "autoscaling" {
  command = plan

  variables {
    autoscaling = { min = 3, max = 12, cpu_percent = 60 }
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 3 && aws_appautoscaling_target.this[0].max_capacity == 12
    error_message = "The bounds are those that were given."
  }
}
