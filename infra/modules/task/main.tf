# A task of one container on Fargate: its log group, its roles, and the task definition managed by Terraform, on which
# every deployment is based. Deployments register revisions of the same family with another image
# (docs/decisions/0002-who-owns-what.md).

# For its region: aws_region has "name" in provider 5 and "region" in provider 6, and warns about the rest.
data "aws_service" "logs" {
  service_id = "logs"
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158: CloudWatch Logs encrypts every group; with a key of our own, whoever may read the logs could still read them.
  #checkov:skip=CKV_AWS_338: the retention is the choice of the environment.
  name              = "/ecs/${var.family}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.family
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = local.execution_role_arn
  task_role_arn            = local.task_role_arn

  # A change registers a new revision; the previous one stays active for services that still run it.
  skip_destroy = true

  container_definitions = jsonencode([merge(
    {
      name      = var.container.name
      image     = var.image
      essential = true
      user      = var.container.user

      # ECS Exec starts an agent inside the container, which has to write to the root file system.
      # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
      readonlyRootFilesystem = !var.execute_command

      # Time between SIGTERM and SIGKILL.
      stopTimeout     = var.container.stop_timeout
      portMappings    = [for port in var.container.ports : { name = var.container.name, containerPort = port, protocol = "tcp" }]
      environment     = [for name in sort(keys(var.container.environment)) : { name = name, value = var.container.environment[name] }]
      secrets         = [for name in sort(keys(var.container.secrets)) : { name = name, valueFrom = var.container.secrets[name] }]
      linuxParameters = { initProcessEnabled = true }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.this.name
          awslogs-region        = data.aws_service.logs.region
          awslogs-stream-prefix = "ecs"
        }
      }
    },
    var.container.command == null ? {} : { command = var.container.command },
    var.container.writable_tmp ? { mountPoints = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }] } : {},
    var.container.health_check == null ? {} : {
      healthCheck = { command = var.container.health_check, interval = 10, timeout = 5, retries = 3, startPeriod = 15 }
    },
  )])

  dynamic "volume" {
    for_each = var.container.writable_tmp ? ["tmp"] : []

    content {
      name = volume.value
    }
  }

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage == null ? [] : [var.ephemeral_storage]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # A task that starts before its execution role has its permissions cannot pull its image.
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task]
}
