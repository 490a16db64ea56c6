# Alarms of the services and of the load balancer before them.

locals {
  service_dimensions = {
    for service, name in { api = var.api_service_name, ml = var.ml_service_name } :
    service => { ClusterName = var.cluster_name, ServiceName = name }
  }

  # The design document's alarm of api has no prefix.
  cpu_alarms = {
    for service, dimensions in local.service_dimensions : service == "api" ? "high-cpu" : "${service}-high-cpu" => {
      description = "${service} uses more than 80% of its CPU"
      metrics     = { cpu = { namespace = "AWS/ECS", name = "CPUUtilization", dimensions = dimensions } }
      expression  = null
      statistic   = "Average"
      period      = 300
      periods     = 2
      datapoints  = null
      comparison  = "GreaterThanThreshold"
      threshold   = 80
      missing     = "missing"
    }
  }

  memory_alarms = {
    for service, dimensions in local.service_dimensions : "${service}-high-memory" => {
      description = "${service} uses more than 90% of its memory"
      metrics     = { memory = { namespace = "AWS/ECS", name = "MemoryUtilization", dimensions = dimensions } }
      expression  = null
      statistic   = "Average"
      period      = 300
      periods     = 2
      datapoints  = null
      comparison  = "GreaterThanThreshold"
      threshold   = 90
      missing     = "missing"
    }
  }

  # Tasks that start and fail are running now and then: hence 8 of 10 minutes. Autoscaling and deployments need two or
  # three for a new task. Fewer tasks than desired are not an outage; no-healthy-target is.
  task_alarms = {
    for service, dimensions in local.service_dimensions : "${service}-tasks" => {
      description = "Fewer tasks of ${service} are running than desired"
      metrics = {
        for id, name in { desired = "DesiredTaskCount", running = "RunningTaskCount" } :
        id => { namespace = "ECS/ContainerInsights", name = name, dimensions = dimensions }
      }
      expression = "desired - running"
      statistic  = "Average"
      period     = 60
      periods    = 10
      datapoints = 8
      comparison = "GreaterThanThreshold"
      threshold  = 0
      missing    = "missing"
    }
  }

  service_alarms = merge(local.cpu_alarms, local.memory_alarms, local.task_alarms)

  balancer = { LoadBalancer = var.load_balancer_arn_suffix }

  balancer_alarms = {
    # Without a healthy target the load balancer sends every request to all of them, or answers 503 itself if there are
    # none. A target group without targets reports nothing, and counts as 0. That is also so after an emergency stop:
    # see docs/alarms.md. With two target groups, as in a blue/green deployment, the idle one has no targets.
    no-healthy-target = {
      description = "No task of api is healthy: nobody is served"
      metrics = {
        for index, group in var.target_group_arn_suffixes : "healthy${index}" => {
          namespace  = "AWS/ApplicationELB"
          name       = "HealthyHostCount"
          dimensions = merge(local.balancer, { TargetGroup = group })
        }
      }
      expression = join(" + ", [for index, group in var.target_group_arn_suffixes : "FILL(healthy${index}, 0)"])
      # Nodes of the load balancer count separately, and disagree for seconds.
      statistic  = "Maximum"
      period     = 60
      periods    = 3
      datapoints = 3
      comparison = "LessThanThreshold"
      threshold  = 1
      missing    = "breaching"
    }

    # 5xx of api itself.
    http-5xx = {
      description = "api answers more than 10 requests a minute with server errors"
      metrics     = { errors = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", dimensions = local.balancer } }
      expression  = null
      statistic   = "Sum"
      period      = 60
      periods     = 2
      datapoints  = null
      comparison  = "GreaterThanThreshold"
      threshold   = 10
      missing     = "notBreaching"
    }

    # 5xx of the load balancer, which the metric above does not count: 502 (a task closed the connection), 503 (no
    # target), 504 (no answer in time).
    elb-5xx = {
      description = "The load balancer answers more than 10 requests a minute with 502, 503 or 504 itself"
      metrics     = { errors = { namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", dimensions = local.balancer } }
      expression  = null
      statistic   = "Sum"
      period      = 60
      periods     = 2
      datapoints  = null
      comparison  = "GreaterThanThreshold"
      threshold   = 10
      missing     = "notBreaching"
    }

    latency = {
      description = "One request in 20 takes longer than ${var.latency_seconds} s"
      metrics     = { latency = { namespace = "AWS/ApplicationELB", name = "TargetResponseTime", dimensions = local.balancer } }
      expression  = null
      statistic   = "p95"
      period      = 60
      periods     = 5
      datapoints  = 5
      comparison  = "GreaterThanThreshold"
      threshold   = var.latency_seconds
      missing     = "notBreaching"
    }
  }
}
