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

run "behind_a_load_balancer" {
  command = plan

  assert {
    condition     = one(aws_ecs_service.this.load_balancer).target_group_arn == var.load_balancer.target_group_arn && one(aws_ecs_service.this.load_balancer).container_name == "api" && aws_ecs_service.this.health_check_grace_period_seconds == 30
    error_message = "Tasks are not registered in the target group, or not given 30 s to start."
  }

  assert {
    condition     = toset(aws_ecs_service.this.network_configuration[0].subnets) == toset(["subnet-1", "subnet-2"]) && toset(aws_ecs_service.this.network_configuration[0].security_groups) == toset(["sg-1"])
    error_message = "Tasks are in another network."
  }

  assert {
    condition     = aws_ecs_service.this.enable_ecs_managed_tags && aws_ecs_service.this.propagate_tags == "SERVICE" && !aws_ecs_service.this.enable_execute_command && length(aws_ecs_service.this.service_connect_configuration) == 0
    error_message = "Tasks have no tags, a shell, or Service Connect that nobody asked for."
  }
}

run "a_server_without_a_load_balancer" {
  command = plan

  variables {
    load_balancer   = null
    execute_command = true
    task_role       = { create = true }
    service_connect = { namespace_arn = "arn:aws:servicediscovery:ap-northeast-1:123456789012:namespace/ns-1", server = true }
    deployment      = { minimum_healthy_percent = 50, maximum_percent = 150, alarms = ["rainbow-seeker-http-5xx"] }
  }

  assert {
    condition     = length(aws_ecs_service.this.load_balancer) == 0 && aws_ecs_service.this.health_check_grace_period_seconds == null && output.deployment.target_groups == tolist([])
    error_message = "There is no load balancer whose health checks could be waited for."
  }

  assert {
    condition     = aws_ecs_service.this.service_connect_configuration[0].enabled && aws_ecs_service.this.service_connect_configuration[0].namespace == var.service_connect.namespace_arn && one(aws_ecs_service.this.service_connect_configuration[0].service).port_name == "api" && one(one(aws_ecs_service.this.service_connect_configuration[0].service).client_alias).dns_name == "api" && one(one(aws_ecs_service.this.service_connect_configuration[0].service).client_alias).port == 3000
    error_message = "Others do not find the service as http://api:3000."
  }

  assert {
    condition     = aws_ecs_service.this.enable_execute_command && aws_ecs_service.this.deployment_minimum_healthy_percent == 50 && aws_ecs_service.this.deployment_maximum_percent == 150
    error_message = "The deployment, or the shell, is not as it was asked for."
  }

  assert {
    condition     = toset(aws_ecs_service.this.alarms[0].alarm_names) == toset(["rainbow-seeker-http-5xx"]) && aws_ecs_service.this.alarms[0].enable && aws_ecs_service.this.alarms[0].rollback && output.deployment.alarms == tolist(["rainbow-seeker-http-5xx"])
    error_message = "An alarm does not roll a deployment back."
  }
}

run "a_client_of_service_connect" {
  command = plan

  variables {
    service_connect = { namespace_arn = "arn:aws:servicediscovery:ap-northeast-1:123456789012:namespace/ns-1", server = false }
  }

  assert {
    condition     = aws_ecs_service.this.service_connect_configuration[0].enabled && length(aws_ecs_service.this.service_connect_configuration[0].service) == 0
    error_message = "A client publishes a port."
  }
}

# test/terraform/autoscaling.test.ts runs the first deployment.
run "autoscaling_by_cpu_and_requests" {
  command = plan

  variables {
    autoscaling = { min = 3, max = 12, cpu_percent = 60, requests_per_minute = 1000 }
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].service_namespace == "ecs" && aws_appautoscaling_target.this[0].scalable_dimension == "ecs:service:DesiredCount" && aws_appautoscaling_target.this[0].resource_id == "service/rainbow-seeker-cluster/rainbow-seeker-api"
    error_message = "Something else than the desired count of the service is scaled."
  }

  assert {
    condition     = aws_appautoscaling_target.this[0].min_capacity == 0 && aws_appautoscaling_target.this[0].max_capacity == 12 && aws_ecs_service.this.tags["deploy:minimum-count"] == "3"
    error_message = "The first apply would start tasks, or the first deployment would not know the minimum."
  }

  assert {
    condition = alltrue([
      for policy in [aws_appautoscaling_policy.cpu[0], aws_appautoscaling_policy.requests[0]] :
      policy.policy_type == "TargetTrackingScaling" && policy.resource_id == aws_appautoscaling_target.this[0].resource_id && policy.scalable_dimension == "ecs:service:DesiredCount" && policy.service_namespace == "ecs" && policy.target_tracking_scaling_policy_configuration[0].scale_in_cooldown == 300 && policy.target_tracking_scaling_policy_configuration[0].scale_out_cooldown == 60
    ])
    error_message = "The policies do not scale the service, or scale it in as fast as out."
  }

  assert {
    condition     = aws_appautoscaling_policy.cpu[0].name == "rainbow-seeker-api-cpu" && aws_appautoscaling_policy.cpu[0].target_tracking_scaling_policy_configuration[0].target_value == 60 && aws_appautoscaling_policy.cpu[0].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ECSServiceAverageCPUUtilization"
    error_message = "The service is not kept at 60 % CPU."
  }

  assert {
    condition     = aws_appautoscaling_policy.requests[0].name == "rainbow-seeker-api-requests" && aws_appautoscaling_policy.requests[0].target_tracking_scaling_policy_configuration[0].target_value == 1000 && aws_appautoscaling_policy.requests[0].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ALBRequestCountPerTarget" && aws_appautoscaling_policy.requests[0].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].resource_label == "app/rainbow-seeker-alb/2/targetgroup/rainbow-seeker-api/1"
    error_message = "The service is not kept at 1,000 requests per minute and task of its target group."
  }
}

run "autoscaling_by_cpu_alone" {
  command = plan

  variables {
    autoscaling = { min = 3, max = 12, cpu_percent = 60 }
  }

  assert {
    condition     = length(aws_appautoscaling_policy.cpu) == 1 && length(aws_appautoscaling_policy.requests) == 0
    error_message = "Requests scale the service although nobody asked for it."
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
