# Autoscaling, if enabled in the environment: it then controls the desired count, after the first deployment.
#
# Registering a scalable target moves the desired count of a service into its range at once, which before the first
# deployment would start tasks of an image that does not exist:
# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
# Therefore the minimum is 0 as long as nothing runs. The first deployment sets the count and then the minimum, which it
# reads from the service's tag deploy:minimum-count; Terraform finds both as it wants them. In the same way an apply
# starts nothing in a service that somebody has scaled to 0.

locals {
  resource_id = "service/${local.cluster_name}/${aws_ecs_service.this.name}"
}

resource "aws_appautoscaling_target" "this" {
  count              = var.autoscaling == null ? 0 : 1
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = local.resource_id
  min_capacity       = aws_ecs_service.this.desired_count == 0 ? 0 : var.autoscaling.min
  max_capacity       = var.autoscaling.max
}

# Out fast, in slowly: too many tasks for five minutes cost less than too few for one.
resource "aws_appautoscaling_policy" "cpu" {
  count              = var.autoscaling == null ? 0 : 1
  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.autoscaling.cpu_percent
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# With several policies, the one that asks for the most tasks wins, and all have to agree before tasks are stopped:
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
resource "aws_appautoscaling_policy" "requests" {
  count              = try(var.autoscaling.requests_per_minute, null) == null ? 0 : 1
  name               = "${var.name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.this[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.autoscaling.requests_per_minute
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"

      # app/NAME/ID/targetgroup/NAME/ID
      resource_label = "${var.load_balancer.arn_suffix}/${element(split(":", var.load_balancer.target_group_arn), 5)}"
    }
  }
}
